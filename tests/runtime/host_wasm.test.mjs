// SPDX-License-Identifier: Apache-2.0
// runtime.wasm: the functions of runtime/host/exports.cpp, called as a page calls them, give what
// the C++ tests expect of the same library built natively.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compileModel } from '../support/bundles.mjs';
import { buildFolder, requireTestData } from '../support/paths.mjs';

const wasm = new WebAssembly.Module(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));

const addSpecial = 1;
const parseSpecial = 2;

class HostLibrary {
  constructor() {
    this.call = new WebAssembly.Instance(wasm, {}).exports;
    this.call._initialize();
  }
  place(bytes) {
    const at = this.call.alloc(bytes.length);
    new Uint8Array(this.call.memory.buffer).set(bytes, at);
    return at;
  }
  words(at, count) {
    return [...new Uint32Array(this.call.memory.buffer, at, count)];
  }
  text(at, bytes) {
    return new TextDecoder().decode(new Uint8Array(this.call.memory.buffer, at, bytes));
  }
  openTokenizer(file) {
    const tokenizer = this.call.tokenizer_open(this.place(file), file.length);
    assert.ok(tokenizer > 0, `fault ${tokenizer}`);
    return tokenizer;
  }
  encode(tokenizer, text, options) {
    const bytes = new TextEncoder().encode(text);
    const at = this.place(bytes);
    const count = this.call.tokenizer_encode(tokenizer, at, bytes.length, options);
    this.call.release(at, bytes.length);
    return this.words(this.call.tokenizer_ids(tokenizer), count);
  }
  decode(tokenizer, ids) {
    const stream = this.call.detokenizer_new(tokenizer, 0);
    let text = '';
    for (const id of ids) {
      const bytes = this.call.detokenizer_push(stream, id);
      text += this.text(this.call.detokenizer_text(stream), bytes);
    }
    const rest = this.call.detokenizer_flush(stream);
    text += this.text(this.call.detokenizer_text(stream), rest);
    this.call.detokenizer_free(stream);
    return text;
  }
}

test('runtime.wasm needs nothing of its surroundings', () => {
  assert.deepEqual(WebAssembly.Module.imports(wasm), []);
});

test('the tokenizer gives the recorded ids', (t) => {
  const base = 'tokenizers/llama.cpp-vocabs/ggml-vocab-llama-spm.gguf';
  const inputs = requireTestData(t, `${base}.inp`);
  const bundle = inputs && compileModel(t, 'models/tiny-random-llama2', 'q0f32');
  if (!bundle) return;
  const texts = readFileSync(inputs, 'utf8').split('\n__ggml_vocab_test__\n');
  const lines = readFileSync(requireTestData(t, `${base}.out`), 'utf8').split('\n');
  const host = new HostLibrary();
  const tokenizer = host.openTokenizer(readFileSync(join(bundle, 'tokenizer.bin')));
  assert.equal(host.call.tokenizer_size(tokenizer), 32000);
  for (const [i, text] of texts.entries()) {
    const expected = lines[i].trim() === '' ? [] : lines[i].trim().split(' ').map(Number);
    assert.deepEqual(host.encode(tokenizer, text, 0), expected, text);
    assert.equal(host.decode(tokenizer, expected), text);
  }
  assert.deepEqual(host.encode(tokenizer, '', addSpecial), [1]);
  assert.deepEqual(host.encode(tokenizer, '</s>', parseSpecial), [2]);
  assert.equal(host.call.tokenizer_token_flags(tokenizer, 2), 1);
  assert.equal(host.call.tokenizer_token_flags(tokenizer, 32000), 2);
  host.call.tokenizer_close(tokenizer);
});

test('a file that is not a tokenizer is a fault, not a trap', () => {
  const host = new HostLibrary();
  assert.equal(host.call.tokenizer_open(host.place(new Uint8Array(100)), 100), -1);
  assert.equal(host.call.tokenizer_open(host.place(new Uint8Array(0)), 0), -1);
});

test('sequences: pages, steps and faults', () => {
  const { call } = new HostLibrary();
  const memory = () => call.memory.buffer;
  const ropes = call.alloc(32);
  new Float64Array(memory(), ropes, 4).set([2, 1, 1, 0.01]);
  const sequences = call.sequences_new(4, 2, 8, 0, ropes, 1);
  const chat = call.sequences_create(sequences);
  assert.equal(chat, 0);
  assert.equal(call.sequences_create(sequences), 1);
  assert.equal(call.sequences_create(sequences), -100);
  assert.equal(call.sequences_reserve(sequences, chat, 65), 0);
  assert.equal(call.sequences_pages_needed(sequences), 2);
  const changes = call.sequences_table_changes(sequences);
  assert.deepEqual([...new Uint32Array(memory(), changes, 2)], [0, 2]);

  const words = call.sequences_slot_words(sequences);
  const slot = call.alloc(words * 4);
  const rows = call.alloc(16);
  new Uint32Array(memory(), rows, 4).set([chat, 0, chat, 1]);
  const outputs = call.alloc(4);
  new Uint32Array(memory(), outputs, 1).set([1]);
  assert.equal(call.sequences_begin_step(sequences), 1);
  // 4 header words, three sections of 4 rows, then 2 rows of 4 numbers.
  assert.equal(call.sequences_write_step(sequences, rows, 2, outputs, 1, slot), 16 + 8);
  assert.deepEqual([...new Uint32Array(memory(), slot, 4)], [2, 1, 1, 0]);
  const rope = new Float32Array(memory(), slot + 16 * 4, 8);
  const expected = [1, 1, 0, 0, Math.cos(1), Math.cos(0.01), Math.sin(1), Math.sin(0.01)];
  expected.forEach((value, i) => assert.equal(rope[i], Math.fround(value)));
  assert.equal(call.sequences_length(sequences, chat), 2);
  assert.equal(call.sequences_write_step(sequences, rows, 2, outputs, 1, slot), -6);
  assert.equal(call.sequences_rewind(sequences, chat, 1), 0);
  assert.equal(call.sequences_free(sequences, 7), -1);
  call.sequences_delete(sequences);
});
