// SPDX-License-Identifier: Apache-2.0
// What JavaScript says of patterns, for pattern_test.cpp:
//
//   node pattern_oracle.mjs patterns FOLDER   the patterns of all schemas in a folder of *.jsonl.gz
//   node pattern_oracle.mjs match FILE        FILE: [{"pattern", "texts"}]; for each a string with a
//                                             1 or a 0 for each text, or null: no such pattern
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

function collect(value, patterns) {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'pattern' && typeof inner === 'string') patterns.add(inner);
    if (key === 'patternProperties' && inner !== null) {
      for (const pattern of Object.keys(inner)) patterns.add(pattern);
    }
    collect(inner, patterns);
  }
}

function patternsOf(folder) {
  const patterns = new Set();
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl.gz'))) {
    const lines = gunzipSync(readFileSync(join(folder, name)))
      .toString()
      .split('\n');
    for (const line of lines) if (line.trim() !== '') collect(JSON.parse(line), patterns);
  }
  return [...patterns];
}

function compile(pattern) {
  for (const flags of ['u', '']) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // Not in this mode.
    }
  }
  return undefined;
}

const [what, where] = process.argv.slice(2);
if (what === 'patterns') {
  console.log(JSON.stringify(patternsOf(where)));
} else {
  const answers = JSON.parse(readFileSync(where, 'utf8')).map(({ pattern, texts }) => {
    const regex = compile(pattern);
    return regex ? texts.map((text) => (regex.test(text) ? '1' : '0')).join('') : null;
  });
  console.log(JSON.stringify(answers));
}
