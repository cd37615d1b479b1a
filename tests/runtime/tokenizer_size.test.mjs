// SPDX-License-Identifier: Apache-2.0
// What a page downloads for a tokenizer.
import assert from 'node:assert/strict';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { compileTestTokenizer } from '../support/tokenizers.mjs';

const limits = [
  { place: 'tokenizers/qwen2.5', kilobytes: 700 }, // 151,643 tokens and the tables of NFC
  { place: 'tokenizers/llama3', kilobytes: 600 },
  { place: 'tokenizers/llama2', kilobytes: 140 },
  { place: 'tokenizers/bert-base-uncased', kilobytes: 170 },
];

for (const { place, kilobytes } of limits) {
  test(`${place} has at most ${kilobytes} KB gzipped`, async (t) => {
    const file = await compileTestTokenizer(t, place);
    if (!file) return;
    const bytes = gzipSync(file, { level: 9 }).length;
    t.diagnostic(`${file.length} bytes, ${bytes} gzipped`);
    assert.ok(bytes <= kilobytes * 1000, `${bytes} bytes`);
  });
}
