// SPDX-License-Identifier: Apache-2.0
// A model whose embedding, which is its head, too, takes more than the 128 MiB that WebGPU lets a
// shader bind by default: it is read in parts and gives the ids of `eval`. (What the kernels of parts
// compute is tested on both adapters: tests/numerics.)
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { writeRandomLlama } from '../../benchmarks/support/random_llama.mjs';
import { openGpu } from '../support/adapters.mjs';
import { compileFolder, evaluateFolder } from '../support/bundles.mjs';
import { buildFolder } from '../support/paths.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const bindingBytes = 128 << 20;
const shape = {
  num_hidden_layers: 1,
  hidden_size: 320,
  num_attention_heads: 5,
  num_key_value_heads: 1,
  intermediate_size: 64,
  vocab_size: 128256, // times 320 numbers of 4 bytes: 157 MiB
  tie_word_embeddings: true,
};
const prompt = [1, shape.vocab_size - 1]; // of the first part and of the last
const count = 6;

test('a matrix in parts gives the ids of eval', async (t) => {
  const model = await mkdtemp(join(tmpdir(), 'webllm-model-'));
  t.after(() => rm(model, { recursive: true }));
  await writeRandomLlama(model, shape, { repeat: true });
  const options = ['--prompt-ids', prompt.join(), '--max-tokens', String(count), '--ignore-eos'];
  const expected = evaluateFolder(model, 'q0f32', options).ids;
  assert.equal(expected.length, count);
  const bundle = compileFolder(t, model, 'q0f32');
  const { requirements, tensors } = JSON.parse(await readFile(join(bundle, 'model.json'), 'utf8'));
  assert.ok(requirements.limits.maxStorageBufferBindingSize <= bindingBytes);
  const bytes = ({ pieces }) => pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  assert.ok(tensors.some((tensor) => bytes(tensor) > bindingBytes));
  const engine = await createEngine(pathToFileURL(bundle), { gpu: openGpu('lavapipe') });
  t.after(() => engine.close());
  const ids = [];
  for await (const { id } of engine.generate(prompt, { maxTokens: count, ignoreEos: true }))
    ids.push(id);
  assert.deepEqual(ids, expected);
});
