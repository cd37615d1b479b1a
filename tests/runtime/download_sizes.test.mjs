// SPDX-License-Identifier: Apache-2.0
// What a page downloads before any weights: the two modules, and a model's tokenizer.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { buildFolder } from '../support/paths.mjs';
import { compileTestTokenizer } from '../support/tokenizers.mjs';

const modules = [
  { file: 'runtime.wasm', kilobytes: 70 },
  { file: 'grammar.wasm', kilobytes: 80 }, // only where an answer is constrained
];
const tokenizers = [
  { place: 'tokenizers/qwen2.5', kilobytes: 700 }, // 151,643 tokens and the tables of NFC
  { place: 'tokenizers/llama3', kilobytes: 600 },
  { place: 'tokenizers/llama2', kilobytes: 140 },
  { place: 'tokenizers/bert-base-uncased', kilobytes: 170 },
];

for (const { file, kilobytes } of modules) {
  test(`${file} has at most ${kilobytes} KB in brotli`, (t) => {
    const module = readFileSync(join(buildFolder, 'runtime', file));
    const bytes = brotliCompressSync(module).length;
    t.diagnostic(`${module.length} bytes, ${bytes} in brotli`);
    assert.ok(bytes <= kilobytes * 1000, `${bytes} bytes`);
  });
}

for (const { place, kilobytes } of tokenizers) {
  test(`${place} has at most ${kilobytes} KB gzipped`, async (t) => {
    const file = await compileTestTokenizer(t, place);
    if (!file) return;
    const bytes = gzipSync(file, { level: 9 }).length;
    t.diagnostic(`${file.length} bytes, ${bytes} gzipped`);
    assert.ok(bytes <= kilobytes * 1000, `${bytes} bytes`);
  });
}
