// SPDX-License-Identifier: Apache-2.0
// How many files the patches in tests/lint/cost-of-adding touch, and how many they may:
//
//   pass            2 new files, 1 list, 1 golden
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { root } from '../support/paths.mjs';

// New source files, changed lists and goldens, which the tests' own update commands write.
export const limits = {
  pass: { files: 2, lists: 1, goldens: 1 },
  'composite-op': { files: 2, lists: 1, goldens: 1 },
  architecture: { files: 1, lists: 1, goldens: 1 },
};

export const isWithin = (cost, limit) =>
  Object.entries(limit).every(([what, most]) => cost[what] <= most);

export const patchOf = (name) => join(root, 'tests/lint/cost-of-adding', `${name}.patch`);

export function costOf(name) {
  const cost = { files: 0, lists: 0, goldens: 0 };
  const parts = readFileSync(patchOf(name), 'utf8')
    .split(/^diff --git /m)
    .slice(1);
  for (const part of parts) {
    if (part.startsWith('a/tests/')) ++cost.goldens;
    else if (/^new file mode/m.test(part)) ++cost.files;
    else ++cost.lists;
  }
  return cost;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`${'to add a'.padEnd(14)}new files  lists      goldens`);
  for (const [name, limit] of Object.entries(limits)) {
    const cost = costOf(name);
    const counts = Object.entries(limit).map(([what, most]) => `${cost[what]} of ${most}`);
    console.log(
      name.padEnd(14) +
        counts
          .map((count) => count.padEnd(11))
          .join('')
          .trimEnd(),
    );
    if (!isWithin(cost, limit)) process.exitCode = 1;
  }
}
