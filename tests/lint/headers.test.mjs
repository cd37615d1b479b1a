// SPDX-License-Identifier: Apache-2.0
// Each header compiles alone. A header with a .cpp of its own is proven by the build, as long as
// that .cpp includes it first; the others are compiled here.
import test from 'node:test';

import { root } from '../support/paths.mjs';

import { complaints, files, filesEnding, nothing, read } from './files.mjs';

const headers = filesEnding('.h');
const sourceOf = (header) => header.replace(/\.h$/, '.cpp');
const firstInclude = (path) => read(path).match(/^#include "(.*)"|^#include <(.*)>/m)?.[1];

test('each .cpp includes its own header first', () => {
  const paired = headers.filter((header) => files.includes(sourceOf(header)));
  nothing(paired.filter((header) => firstInclude(sourceOf(header)) !== header));
});

test('each header without a .cpp compiles alone', async () => {
  const alone = headers.filter((header) => !files.includes(sourceOf(header)));
  const flags = ['-std=c++20', '-fsyntax-only', '-Wall', '-Wextra', '-I.', '-xc++', '-include'];
  const defines = [`-DWEBLLM_SOURCE_DIR="${root}"`];
  const found = await complaints(alone, (header) => [
    'g++',
    [...defines, ...flags, header, '/dev/null'],
  ]);
  nothing(found);
});
