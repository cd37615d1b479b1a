// SPDX-License-Identifier: Apache-2.0
// Where things lie: the repository, the build (ctest names it, build/release otherwise), the binary
// and the test data.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const buildFolder = resolve(root, process.env.WEBLLM_BUILD ?? 'build/release');
/** The model that comes with the project. */
export const pebble = join(root, 'examples/models/pebble-2m');
export const binary = join(buildFolder, 'webllm-compile');

// The full path of a file or folder of the test data, or of what tests/oracle makes. When it is
// absent the test `t` is skipped by name, or fails under CI, and the result is null.
export function requireTestData(t, relative) {
  const folders = ['build/data', 'tests/oracle'];
  const path = folders.map((folder) => join(root, folder, relative)).find(existsSync);
  if (path) return path;
  const reason = `no test data at build/data/${relative}`;
  if (process.env.CI === 'true') throw new Error(reason);
  t.skip(reason);
  return null;
}
