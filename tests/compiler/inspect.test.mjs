// SPDX-License-Identifier: Apache-2.0
// `webllm-compile inspect` and `compare`: facts about models and bundles.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { requireTestData } from '../support/paths.mjs';
import { run, runJson, temporaryFolder } from './cli.mjs';

test('inspect shows a model', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const report = await runJson(['inspect', model], folder);
  assert.equal(report.kind, 'model');
  assert.equal(report.architecture, 'LlamaForCausalLM');
  assert.equal(report.parameters, 260032);
  assert.equal(report.tokenizer, 'tokenizer.json');
  assert.equal(report.tokenizer_pieces, 512);
  assert.equal(report.config.head_dim, 8);
  assert.deepEqual(report.config.eos_token_ids, [2]);
  assert.deepEqual(
    report.tensors.find(({ name }) => name === 'model.norm.weight'),
    {
      name: 'model.norm.weight',
      dtype: 'f32',
      shape: [64],
      bytes: 256,
    },
  );
  const { stdout } = await run(['inspect', model], folder);
  assert.match(stdout, /parameters +260 K \(260032\)/);
  assert.match(stdout, /model\.layers\.4\.mlp\.up_proj\.weight +f32 +\[172, 64\] +44\.0 kB/);
});

test('what inspect forecasts is what the bundle says', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const { forecasts } = await runJson(['inspect', model], folder);
  for (const { quantization, weight_bytes, gpu_memory } of forecasts) {
    const report = await runJson([model, '-q', quantization], folder);
    assert.deepEqual(report.gpu_memory, gpu_memory);
    const weights = report.files.filter(({ path }) => path.startsWith('weights/'));
    assert.equal(
      weights.reduce((sum, { bytes }) => sum + bytes, 0),
      weight_bytes,
    );
  }
});

test('inspect shows a bundle', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const compiled = await runJson([model], folder);
  const report = await runJson(['inspect', compiled.bundle], folder);
  assert.equal(report.kind, 'bundle');
  assert.equal(report.model, 'stories260K-hf');
  assert.equal(report.quantization, 'q4f16_1');
  assert.deepEqual(report.files, compiled.files);
  assert.equal(report.bytes, compiled.bytes);
  assert.ok(report.kernels.length > 5);
  assert.deepEqual(report.functions.map(({ name }) => name).sort(), [
    'draw',
    'forward',
    'greedy',
    'head',
    'logprobs',
  ]);
  const { stdout } = await run(['inspect', compiled.bundle], folder);
  assert.match(stdout, /forward +\d+ dispatches/);
});

// Flips one bit in the middle of the largest weight file, which keeps its name.
function damage(bundle, files) {
  const weights = files.filter(({ path }) => path.startsWith('weights/'));
  const { path } = weights.reduce((a, b) => (a.bytes >= b.bytes ? a : b));
  const bytes = readFileSync(join(bundle, path));
  bytes[(bytes.length >> 1) + 3] ^= 0x40; // of an exponent, or of a 4-bit code
  writeFileSync(join(bundle, path), bytes);
}

test('compare finds nothing in a good bundle and names the node in a damaged one', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const { prompt_ids } = await runJson(
    ['eval', model, '--prompt', 'Once upon a time', '--max-tokens', '0'],
    folder,
  );
  for (const quantization of ['q0f32', 'q0f16', 'q8f16_1', 'q4f16_1']) {
    const { bundle, files } = await runJson([model, '-q', quantization], folder);
    const args = ['compare', bundle, model, '--prompt', 'Once upon a time', '--max-tokens', '2'];
    const same = await runJson(args, folder);
    assert.equal(same.first_difference, null, quantization);
    assert.equal(same.tokens, prompt_ids.length + 2);
    assert.ok(same.largest_share_of_bound > 0 && same.largest_share_of_bound < 1);

    damage(join(folder, bundle), files);
    const { code, stdout, stderr } = await run([...args, '--json'], folder);
    assert.equal(code, 1, quantization);
    assert.match(stderr, /\[values-differ\]/);
    assert.match(JSON.parse(stdout).first_difference.provenance, /^model\./);
    assert.match((await run(['inspect', bundle], folder)).stderr, /\[hash-mismatch\]/);
  }
});

test('compare repeats the passes that a bundle was compiled with', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const passes = 'no-fuse-swiglu,no-plan-memory';
  const { bundle } = await runJson([model, '-q', 'q0f32', '--passes', passes], folder);
  const same = await runJson(['compare', bundle, model, '--max-tokens', '1'], folder);
  assert.equal(same.first_difference, null);
});

test('compare refuses a bundle of another model', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  const other = model && requireTestData(t, 'models/tiny-random-llama2');
  if (!other) return;
  const folder = temporaryFolder(t);
  const { bundle } = await runJson([model], folder);
  const { code, stderr } = await run(['compare', bundle, other], folder);
  assert.equal(code, 1);
  assert.match(stderr, /\[unsupported-bundle\]/);
});
