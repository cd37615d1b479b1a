// SPDX-License-Identifier: Apache-2.0
// JSON schemas of the test data as people write them, with instances:
//   readMaskbench(folder, { stride: 8 })  ->  [{ name, schema, tests: [{ valid, data }] }]
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Every so many of the schemas in files whose name contains `split`. */
export function readMaskbench(folder, { stride = 1, split = '' } = {}) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.gz') && name.includes(split))
    .sort()
    .flatMap((name) =>
      gunzipSync(readFileSync(join(folder, name)))
        .toString()
        .trim()
        .split('\n'),
    )
    .filter((_, i) => i % stride === 0)
    .map((line) => JSON.parse(line));
}
