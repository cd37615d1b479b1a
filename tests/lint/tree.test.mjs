// SPDX-License-Identifier: Apache-2.0
// The shape of the repository: what stands at its top, a README in each folder there, and that the
// paths which READMEs name exist.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';

import { root } from '../support/paths.mjs';

import { files, filesEnding, nothing, read } from './files.mjs';

const folders = [
  'benchmarks',
  'codegen',
  'compiler',
  'examples',
  'frontends',
  'ir',
  'passes',
  'runtime',
  'tests',
];
const topFiles = [
  'CMakeLists.txt',
  'CMakePresets.json',
  'LICENSE',
  'README.md',
  'package-lock.json',
  'package.json',
];
const dotFiles = ['.ci', '.clang-format', '.clang-tidy', '.gitignore', '.npmrc'];

test('the top of the repository holds what belongs there and nothing else', () => {
  const top = [...new Set(files.map((path) => path.split('/')[0]))].sort();
  assert.deepEqual(top, [...folders, ...topFiles, ...dotFiles].sort());
});

test('each top folder explains itself', () => {
  nothing(folders.filter((folder) => !files.includes(`${folder}/README.md`)));
});

// `ir/graph/op.h`, `tests/run.sh`, `main.cpp`: words in backticks that can only be paths of ours.
function namedPaths(text) {
  return [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, word]) => word)
    .filter((word) => /^[\w.][\w.\/-]*$/.test(word) && !word.startsWith('build/'))
    .filter(
      (word) =>
        /\.(cpp|h|c|ts|mjs|sh|cmake|md)$/.test(word) ||
        (folders.includes(word.split('/')[0]) && word.includes('/')),
    );
}

test('paths that a README names exist', () => {
  const missing = filesEnding('.md').flatMap((readme) =>
    namedPaths(read(readme))
      .filter(
        (path) => ![root, join(root, dirname(readme))].some((base) => existsSync(join(base, path))),
      )
      .map((path) => `${readme}: ${path}`),
  );
  nothing(missing);
});

test('a path that does not exist is found', () => {
  assert.deepEqual(namedPaths('`ir/nothing/` and `gone.cpp`, `model.json`, `a b/c.h`'), [
    'ir/nothing/',
    'gone.cpp',
  ]);
});
