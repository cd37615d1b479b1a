// SPDX-License-Identifier: Apache-2.0
// What a page downloads beside the weights: scripts, modules, tokenizer, library; exits with 1 beyond bounds.
//
// The scripts are those of the npm package, minified; the tokenizer is Qwen 2.5's with 151,643 tokens,
// if build/data has it; the library (plan functions and all kernels) is that of a Llama of 22 layers
// as q4f16_1.
//   sh benchmarks/run.sh sizes [MODEL FOLDER]
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { binary, buildFolder, root } from '../tests/support/paths.mjs';
import { compileTokenizer } from '../tests/support/tokenizers.mjs';
import { writeRandomLlama } from './support/random_llama.mjs';
import { report } from './support/report.mjs';

const run = promisify(execFile);
const model = resolve(process.argv[2] ?? join(root, 'build/random-1b'));
const qwen = join(root, 'build/data/tokenizers/qwen2.5');

// As servers send them; the kernels in a library are compressed already.
const sent = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes).length,
  plain: (bytes) => bytes.length,
};
const downloads = [
  { what: 'runtime.js', when: 'a page that chats', as: 'gzip', kilobytes: 100 },
  { what: 'worker.js', when: 'an engine in a worker', as: 'gzip', kilobytes: 100 },
  { what: 'runtime.wasm', when: 'always', as: 'brotli', kilobytes: 70 },
  { what: 'grammar.wasm', when: 'constrained answers', as: 'brotli', kilobytes: 80 },
  { what: 'tokenizer.bin', when: 'of Qwen 2.5', as: 'gzip', kilobytes: 700 },
  { what: 'model.wasm', when: 'of a Llama, 22 layers', as: 'plain', kilobytes: 200 },
];

// By name, each file as it is built.
async function build(folder) {
  const parts = join(folder, 'package');
  await run('node', [join(root, 'runtime/web/make_package.mjs'), buildFolder, parts]);
  if (!existsSync(model)) await writeRandomLlama(model);
  const bundle = join(folder, 'bundle');
  await run(binary, [model, '-o', bundle, '--quantization', 'q4f16_1']);
  const files = { 'model.wasm': await readFile(join(bundle, 'model.wasm')) };
  if (existsSync(qwen)) files['tokenizer.bin'] = await compileTokenizer(qwen);
  for (const name of ['runtime.js', 'worker.js', 'runtime.wasm', 'grammar.wasm']) {
    files[name] = await readFile(join(parts, name));
  }
  return files;
}

const folder = await mkdtemp(join(tmpdir(), 'webllm-sizes-'));
try {
  const files = await build(folder);
  const rows = downloads
    .filter(({ what }) => files[what])
    .map(({ what, when, as, kilobytes }) => {
      const bytes = sent[as](files[what]);
      return { what, when, as, bytes, at_most: 1000 * kilobytes, ok: bytes <= 1000 * kilobytes };
    });
  report('sizes', rows);
  if (!rows.every(({ ok }) => ok)) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
