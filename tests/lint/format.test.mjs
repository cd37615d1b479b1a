// SPDX-License-Identifier: Apache-2.0
// C++ is laid out by clang-format, TypeScript, JavaScript and CSS by prettier. `clang-format-19 -i FILE`
// and `npx prettier --write FILE` mend what this finds.
import test from 'node:test';
import { complaint, filesEnding, nothing } from './files.mjs';

test('clang-format has nothing to change', async () => {
  const sources = filesEnding('.h', '.cpp', '.c');
  nothing(await complaint('clang-format-19', ['--dry-run', '-Werror', ...sources]));
});

test('prettier has nothing to change', async () => {
  const sources = filesEnding('.ts', '.mjs', '.js', '.css');
  nothing(await complaint('node_modules/.bin/prettier', ['--check', ...sources]));
});
