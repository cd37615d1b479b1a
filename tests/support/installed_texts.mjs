// SPDX-License-Identifier: Apache-2.0
// Texts that this machine has: manual pages, headers, sources.
//   filesBelow('/usr/share/man/ja', '.gz')  ->  paths in order; none where the folder is absent
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function filesBelow(folder, ending) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}
