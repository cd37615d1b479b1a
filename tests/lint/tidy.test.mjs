// SPDX-License-Identifier: Apache-2.0
// clang-tidy (.clang-tidy says which checks) accepts every source file of the product. A file is
// looked at again only when it, a header or the checks have changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { buildFolder } from '../support/paths.mjs';

import { complaint, filesEnding, nothing, read } from './files.mjs';

const product = (path) => !path.startsWith('tests/');
const headers = filesEnding('.h', '.clang-tidy').filter(product).map(read).join('');
const accepted = join(buildFolder, 'tests/tidy');
const markOf = (path) =>
  join(
    accepted,
    createHash('sha256')
      .update(path + read(path) + headers)
      .digest('hex'),
  );

test('clang-tidy accepts every source file', async () => {
  mkdirSync(accepted, { recursive: true });
  const found = [];
  for (const path of filesEnding('.cpp').filter(product)) {
    if (existsSync(markOf(path))) continue;
    const faults = await complaint('clang-tidy-19', ['-p', buildFolder, '--quiet', path]);
    if (faults) found.push(faults);
    else writeFileSync(markOf(path), '');
  }
  nothing(found.join(''));
});
