// SPDX-License-Identifier: Apache-2.0
// What the text of every file keeps to: its licence in the first line, no path of one machine, no
// host but those that a reader may follow.
import assert from 'node:assert/strict';
import test from 'node:test';

import { files, filesEnding, nothing, read } from './files.mjs';

const sources = filesEnding(
  '.h',
  '.cpp',
  '.c',
  '.cpp.in',
  '.ts',
  '.mjs',
  '.js',
  '.css',
  '.sh',
  '.cmake',
  'CMakeLists.txt',
  '.py',
  '.html',
  '.ci/run',
);

test('each source file opens with its licence', () => {
  const missing = sources.filter((path) => {
    const [first, second] = read(path).split('\n', 2);
    const line = first.startsWith('#!') || first.startsWith('<!doctype') ? second : first;
    return !/SPDX-License-Identifier: Apache-2\.0/.test(line);
  });
  nothing(missing);
});

// Standards, papers, code and licences that a reader may follow; who funds a package; the CDN of an
// example; this machine; names that stand for no one (RFC 2606).
const hosts = [
  /^(www\.apache\.org|json-schema\.org|www\.w3\.org|gpuweb\.github\.io|www\.unicode\.org)$/,
  /^(arxiv\.org|doi\.org|github\.com|git-lfs(\.github\.com)?|developer\.mozilla\.org|no-color\.org)$/,
  /^(opencollective\.com|cdn\.jsdelivr\.net)$/,
  /^(localhost|127\.0\.0\.1|\[::1\])$/,
  /(^|\.)(example|invalid|test|example\.com|example\.org)$/,
];
const binary = /\.(safetensors|bin|png|wasm|model)$/;

function faults(path, text) {
  const urls = [...text.matchAll(/\bhttps?:\/\/(\[::1\]|[\w.-]*\w)/g)].map(([, host]) => host);
  const foreign = urls.filter((host) => !hosts.some((known) => known.test(host)));
  const own = [...text.matchAll(/(?<![\w.$}])\/(root|home|work)\/\w+/g)].map(([path]) => path);
  return [...foreign, ...own].map((what) => `${path}: ${what}`);
}

test('no file names a host it need not, or a path of one machine', () => {
  const texts = files.filter((path) => !binary.test(path));
  nothing(texts.flatMap((path) => faults(path, read(path))));
});

test('a host and a path are found', () => {
  const planted = (slash) =>
    `http:${slash}/packages.net/x ${slash}home/me http:${slash}/localhost:1/`;
  assert.equal(faults('planted', planted('/')).length, 2);
});
