// SPDX-License-Identifier: Apache-2.0
// Our tokenizers in runtime.wasm against @huggingface/tokenizers, on more than 5 MB of text of many
// kinds. Where the two differ, a row of the table of known differences must say why: without what
// the row names, the same text gives the same ids.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { mixedText } from '../support/mixed_text.mjs';
import { openTokenizer, readTokenizerJson } from '../support/tokenizers.mjs';

// Bytes of text for each; the slower the other library is, the fewer.
const tokenizers = [
  { place: 'tokenizers/qwen2.5', bytes: 1_500_000 },
  { place: 'tokenizers/llama3', bytes: 1_500_000 },
  { place: 'tokenizers/gpt-neox/20B_tokenizer.json', bytes: 1_000_000 },
  { place: 'tokenizers/llama2', bytes: 400_000 },
  { place: 'tokenizers/bert-base-uncased', bytes: 400_000 },
  { place: 'tokenizers/t5-small', bytes: 400_000 },
];

// What we do is what Hugging Face's Rust library does, but for the last row, where it is what
// SentencePiece does.
const knownDifferences = [
  {
    name: 'BERT: JavaScript lowers a sigma at the end of a word to ς, Rust to σ',
    place: 'bert-base-uncased',
    cause: /Σ/gu,
    example: 'ΟΔΟΣ',
  },
  {
    name: 'BERT: code points without a character are control characters to Rust alone',
    place: 'bert-base-uncased',
    cause: /\p{Cn}/gu,
    example: 'a\u0378b',
  },
  {
    name: 'BERT: ideographs beyond U+FFFF are words of their own to Rust alone',
    place: 'bert-base-uncased',
    cause: /[\u{20000}-\u{2fa1f}]/gu,
    example: 'a𠀀b',
  },
  {
    name: 'GPT-2 pattern: white space is U+FEFF to JavaScript and U+0085 to Unicode',
    place: 'gpt-neox',
    cause: /[\ufeff\u0085]/gu,
    example: 'a \ufeffb',
  },
  {
    name: 'T5: its character map is carried here and imitated by NFKC there, which sorts marks',
    place: 't5-small',
    cause: /[\u0085\p{M}\p{Lm}\p{So}\p{Nd}]/gu,
    example: 'a\u0300\u0323\u0301',
  },
];

const same = (one, other) =>
  one.length === other.length && other.every((id, index) => id === one[index]);

function open(t, place) {
  const source = readTokenizerJson(t, place);
  return source && new HuggingFace(source.json, {});
}

for (const { place, bytes } of tokenizers) {
  test(`${place} gives the ids of @huggingface/tokenizers`, async (t) => {
    const theirs = open(t, place);
    const ours = theirs && (await openTokenizer(t, place));
    if (!ours) return;
    const agrees = (text) =>
      same(
        ours.encode(text, { addSpecial: false }),
        theirs.encode(text, { add_special_tokens: false }).ids,
      );
    const explains = (text) =>
      knownDifferences.find(
        ({ place: of, cause }) =>
          place.includes(of) && text.search(cause) >= 0 && agrees(text.replace(cause, '')),
      );
    for (const { place: of, name, example } of knownDifferences) {
      if (!place.includes(of)) continue;
      assert.ok(!agrees(example), `is it still so? ${name}`);
      assert.ok(explains(example), name);
    }
    const counts = new Map();
    const chunks = mixedText(bytes);
    for (const [number, text] of chunks.entries()) {
      if (agrees(text)) continue;
      const known = explains(text);
      assert.ok(known, `no known difference explains chunk ${number}: ${JSON.stringify(text)}`);
      counts.set(known.name, (counts.get(known.name) ?? 0) + 1);
    }
    const length = chunks.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    assert.ok(length >= bytes, `only ${length} bytes of text on this machine`);
    t.diagnostic(`${length} bytes in ${chunks.length} chunks`);
    for (const [name, count] of counts) t.diagnostic(`${count} chunks differ: ${name}`);
  });
}

test('the texts together are more than 5 MB', () => {
  assert.ok(tokenizers.reduce((sum, { bytes }) => sum + bytes, 0) >= 5_000_000);
});

test('byte-level tokenizers give every text back', async (t) => {
  for (const place of ['tokenizers/llama3', 'tokenizers/llama2']) {
    const ours = await openTokenizer(t, place);
    if (!ours) return;
    for (const text of mixedText(300_000)) assert.equal(ours.decode(ours.encode(text)), text);
  }
});
