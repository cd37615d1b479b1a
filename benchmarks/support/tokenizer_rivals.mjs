// SPDX-License-Identifier: Apache-2.0
// Other tokenizers for JavaScript, opened with the tokenizer.json of a folder:
//   const { tiktoken } = await of('build/data/tokenizers/qwen2');
//   const encode = await tiktoken();      // loads it
//   encode('Hi');                         // ids, without those that a model wants around a text
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Tokenizer as HuggingFace } from '@huggingface/tokenizers';
import { Tiktoken } from 'tiktoken';

// @mlc-ai/web-tokenizers calls itself a module, but is a script for browsers and CommonJS.
async function importWebTokenizers() {
  const { require, __filename, __dirname } = globalThis;
  globalThis.require = createRequire(import.meta.url);
  globalThis.__filename = import.meta.filename ?? '';
  globalThis.__dirname = '.';
  try {
    await import('@mlc-ai/web-tokenizers');
    const { Tokenizer } = globalThis.tokenizers;
    await Tokenizer.fromJSON(new TextEncoder().encode(emptyTokenizer).buffer); // starts its module
    return Tokenizer;
  } finally {
    Object.assign(globalThis, { require, __filename, __dirname });
  }
}

const emptyTokenizer = JSON.stringify({
  version: '1.0',
  added_tokens: [],
  model: { type: 'BPE', vocab: { a: 0 }, merges: [] },
});

// By character: the byte that GPT-2 spells so.
function spelledBytes() {
  const bytes = new Map();
  for (let byte = 0, next = 0x100; byte < 256; byte++) {
    const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    bytes.set(String.fromCodePoint(printable ? byte : next++), byte);
  }
  return bytes;
}

// The vocabulary as a file of ranks, and the pattern, if the tokenizer has these.
function tiktokenFormOf({ model, pre_tokenizer: stage }) {
  const pattern = stage?.pretokenizers?.[0]?.pattern?.Regex;
  if (!pattern) return null;
  const bytes = spelledBytes();
  const lines = Object.entries(model.vocab)
    .sort(([, a], [, b]) => a - b)
    .map(([text, id]) => {
      const token = Buffer.from(Array.from(text, (character) => bytes.get(character)));
      return `${token.toString('base64')} ${id}`;
    });
  return { ranks: lines.join('\n'), pattern };
}

/** By name: what loads the library and gives its encode(text). */
export async function of(folder) {
  const file = await readFile(join(folder, 'tokenizer.json'));
  const config = JSON.parse(await readFile(join(folder, 'tokenizer_config.json'), 'utf8'));
  const WebTokenizer = await importWebTokenizers();
  const form = tiktokenFormOf(JSON.parse(file));
  const rivals = {
    '@mlc-ai/web-tokenizers': async () => {
      const tokenizer = await WebTokenizer.fromJSON(new Uint8Array(file).buffer);
      return (text) => tokenizer.encode(text);
    },
    '@huggingface/tokenizers': () => {
      const tokenizer = new HuggingFace(JSON.parse(file), config);
      return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids;
    },
  };
  if (form) {
    rivals.tiktoken = () => {
      const tokenizer = new Tiktoken(form.ranks, {}, form.pattern);
      return (text) => tokenizer.encode_ordinary(text);
    };
  }
  return rivals;
}
