// SPDX-License-Identifier: Apache-2.0
// Which folder may include what. Data flows one way, so no include goes up; a library is known to
// the folders that need it and to no others.
import assert from 'node:assert/strict';
import test from 'node:test';

import { files, filesEnding, nothing, read } from './files.mjs';

// The longest matching `folder` decides. `ours`: prefixes of repository paths. `libraries`: names
// from the list below, besides the C++ standard library; `bans`: standard headers all the same.
const noWorld = ['fstream', 'filesystem', 'chrono', 'ctime', 'thread', 'random'];
const layers = [
  { folder: 'ir', ours: ['ir'], libraries: ['fmt'] },
  { folder: 'ir/graph', ours: ['ir'], libraries: ['fmt', 'Eigen'] },
  { folder: 'ir/encoding', ours: ['ir'], libraries: ['fmt', 'intrinsics'] },
  { folder: 'frontends', ours: ['frontends', 'ir'], libraries: ['fmt', 'nlohmann', 'posix'] },
  { folder: 'passes', ours: ['passes', 'ir'], libraries: ['fmt'], bans: noWorld },
  { folder: 'codegen', ours: ['codegen', 'ir', 'runtime/formats'], libraries: ['fmt'] },
  {
    folder: 'codegen/tokenizer',
    ours: ['codegen/tokenizer', 'ir', 'runtime/formats', 'runtime/host'],
    libraries: ['fmt'],
  },
  {
    folder: 'codegen/wasm',
    ours: ['codegen', 'ir', 'runtime/formats'],
    libraries: ['fmt', 'llvm', 'lld'],
  },
  {
    folder: 'codegen/weights',
    ours: ['codegen', 'ir', 'runtime/formats'],
    libraries: ['fmt', 'openssl', 'posix'],
  },
  {
    folder: 'codegen/bundle',
    ours: ['codegen', 'ir', 'runtime/formats'],
    libraries: ['fmt', 'openssl', 'zlib', 'nlohmann', 'posix'],
  },
  { folder: 'compiler', ours: [''], libraries: ['fmt', 'CLI', 'nlohmann', 'httplib', 'posix'] },
  { folder: 'runtime', ours: ['runtime'], libraries: [] },
  { folder: 'runtime/formats', ours: ['runtime/formats'], libraries: [] },
  { folder: 'runtime/host', ours: ['runtime/host', 'runtime/formats'], libraries: [] },
  {
    folder: 'runtime/grammar',
    ours: ['runtime/grammar', 'runtime/host', 'runtime/formats'],
    libraries: [],
  },
  {
    folder: 'tests',
    ours: [''],
    libraries: ['fmt', 'gtest', 'nlohmann', 'Eigen', 'openssl', 'zlib', 'vulkan', 'posix'],
  },
];

const libraries = {
  intrinsics: /^immintrin\.h$/,
  fmt: /^fmt\//,
  Eigen: /^Eigen\//,
  nlohmann: /^nlohmann\//,
  CLI: /^CLI\//,
  llvm: /^llvm(-c)?\//,
  lld: /^lld\//,
  openssl: /^openssl\//,
  zlib: /^zlib\.h$/,
  httplib: /^httplib\.h$/,
  gtest: /^g(test|mock)\//,
  vulkan: /^vulkan\//,
  posix: /^((sys|netinet|arpa)\/\w+|unistd|fcntl|signal|dlfcn|poll|std(io|lib|int)|string)\.h$/,
};

const under = (path, folder) => folder === '' || path === folder || path.startsWith(`${folder}/`);

function fault(path, bracket, included) {
  const layer = layers
    .filter(({ folder }) => under(path, folder))
    .sort((a, b) => b.folder.length - a.folder.length)[0];
  if (!layer) return 'no C++ belongs in this folder';
  if (bracket === '"') {
    if (!files.includes(included)) return 'is no path from the root of the repository';
    return layer.ours.some((folder) => under(included, folder))
      ? null
      : `is not for ${layer.folder}/`;
  }
  const library = Object.keys(libraries).find((name) => libraries[name].test(included));
  if (library) return layer.libraries.includes(library) ? null : `is not for ${layer.folder}/`;
  if (!/^\w+$/.test(included))
    return 'is no header of the standard library, nor of one that is known here';
  return layer.bans?.includes(included) ? `is not for ${layer.folder}/` : null;
}

function faults(path, text) {
  return [...text.matchAll(/^\s*#\s*include\s*(["<])([^">]+)[">]/gm)]
    .map(([, bracket, included]) => [included, fault(path, bracket, included)])
    .filter(([, why]) => why)
    .map(([included, why]) => `${path}: ${included} ${why}`);
}

// Of the runtime's scripts: each imports from its own part, and from those below.
const parts = [
  'index.ts',
  'webllm',
  'worker.ts',
  'worker',
  'engine.ts',
  'api.ts',
  'profiler.ts',
  'profile',
  'openai',
  'scheduling',
  'load',
  'gpu',
  'chat',
  'host',
  'files',
  'json.ts',
  'errors.ts',
];

function importFaults(path, text) {
  const place = (address) => parts.indexOf(address.replace('/runtime/web/', '').split('/')[0]);
  const from = `/${path}`;
  return [...text.matchAll(/(?:from|import\(?)\s*'(\.[^']+\.ts)'/g)]
    .map(([, to]) => [to, place(new URL(to, `file://${from}`).pathname)])
    .filter(([, to]) => place(from) < 0 || to < place(from))
    .map(([to]) => `${path}: ${to} is no part below`);
}

test('every include is allowed where it stands', () => {
  const found = filesEnding('.h', '.cpp', '.c').flatMap((path) => faults(path, read(path)));
  nothing(found);
});

test('an include that goes up is found', () => {
  const planted =
    '#include <vector>\n#include "frontends/README.md"\n#include <nlohmann/json.hpp>\n';
  assert.equal(faults('ir/graph/planted.cpp', planted).length, 2);
  assert.equal(faults('passes/graph/planted.cpp', '#include <chrono>').length, 1);
  assert.equal(faults('codegen/wgsl/planted.cpp', '#include <llvm/IR/Module.h>').length, 1);
});

test('the scripts of the runtime import what lies below them', () => {
  const scripts = filesEnding('.ts').filter((path) => path.startsWith('runtime/web/'));
  nothing(scripts.flatMap((path) => importFaults(path, read(path))));
});

test('an import that goes up is found', () => {
  const planted = "import type { Task }\n  from '../scheduling/task.ts';\nimport '../errors.ts';";
  assert.equal(importFaults('runtime/web/gpu/planted.ts', planted).length, 1);
  assert.equal(importFaults('runtime/web/openai/planted.ts', planted).length, 0);
});
