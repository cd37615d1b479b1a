// SPDX-License-Identifier: Apache-2.0
// Compiled models in Node on both software adapters: the golden ids, the same ids and logits for
// every way of cutting the prompt into chunks, agreement with `eval`, and the cost of a token.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { adapterNames, environmentFor, openGpu } from '../support/adapters.mjs';
import { compileModel, evaluate, golden } from '../support/bundles.mjs';
import { buildFolder, root } from '../support/paths.mjs';
import { countCalls } from './web/count_calls.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const stories = 'models/stories260K-hf';
const exactModels = [
  stories,
  'models/stories260K-hf-bf16-2shards',
  'models/tiny-random-llama2',
  'models/tiny-random-qwen2',
];
const chunks = [1, 7, 64, 65];
const prefixes = { q0f32: [1, 63, 64, 65, 129, 199], q4f32_1: [65, 129] };

// Against the f32 reference: sums of a few hundred products in another order, five layers deep, are
// off by a few units in the last place of the largest logit.
const logitsBound = (logits) =>
  2 ** -18 * logits.reduce((most, x) => Math.max(most, Math.abs(x)), 1);

const farthest = (a, b) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
const argmax = (values) => values.indexOf(values.reduce((a, b) => Math.max(a, b)));

async function generateAll(engine, prompt, options) {
  const ids = [];
  let text = '';
  for await (const token of engine.generate(prompt, options)) {
    ids.push(token.id);
    text += token.text;
  }
  return { ids, text };
}

async function openEngine(t, gpu, bundle, options = {}) {
  const engine = await createEngine(pathToFileURL(bundle), { gpu, ...options });
  t.after(() => engine.close());
  return engine;
}

for (const name of adapterNames) {
  test(name, async (t) => {
    const gpu = openGpu(name);

    for (const model of exactModels) {
      await t.test(`${model}: golden ids`, async (t) => {
        const expected = golden(t, model);
        const bundle = expected && compileModel(t, model, 'q0f32');
        if (!bundle) return;
        const engine = await openEngine(t, gpu, bundle);
        const options = { maxTokens: expected.ids.length, ignoreEos: true };
        const { ids } = await generateAll(engine, expected.prompt, options);
        assert.deepEqual(ids, expected.ids);
      });
    }

    await t.test('q0f16, with all variants that there are: golden ids', async (t) => {
      const expected = golden(t, stories);
      const bundle = expected && compileModel(t, stories, 'q0f16');
      if (!bundle) return;
      const engine = await openEngine(t, gpu, bundle);
      const { features } = await gpu.requestAdapter();
      const variants = engine.model.kernelVariants;
      assert.deepEqual(
        variants.flatMap(({ refused }) => refused),
        [],
      );
      const names = variants.map(({ variant }) => variant).join(' ');
      assert.equal(/_subgroups/.test(names), features.has('subgroups'), names);
      assert.equal(/_f16(_subgroups)?( |$)/.test(names), features.has('shader-f16'), names);
      const ids = expected.ids.slice(0, 64);
      const generated = await generateAll(engine, expected.prompt, {
        maxTokens: 64,
        ignoreEos: true,
      });
      assert.deepEqual(generated.ids, ids);
    });

    for (const [quantization, lengths] of Object.entries(prefixes)) {
      await t.test(`chunks of the prompt change nothing: ${quantization}`, async (t) => {
        const expected = golden(t, stories);
        const bundle = expected && compileModel(t, stories, quantization);
        if (!bundle) return;
        const engine = await openEngine(t, gpu, bundle);
        const all = [...expected.prompt, ...expected.ids];
        let different = 0;
        let error = 0;
        for (const n of lengths) {
          const prompt = all.slice(0, n);
          const options = ['--prompt-ids', prompt.join(','), '--max-tokens', '1', '--logits'];
          const reference = evaluate(t, stories, quantization, options).logits;
          const next = argmax(reference);
          if (quantization === 'q0f32') assert.equal(next, all[n]);
          const whole = await engine.logits(prompt);
          const { ids } = await generateAll(engine, prompt, {
            maxTokens: 1,
            chunk: 7,
            reusePrefix: false,
          });
          assert.equal(ids[0], next);
          for (const chunk of chunks) {
            const logits = await engine.logits(prompt, { chunk });
            assert.equal(argmax(logits), next, `chunks of ${chunk} after ${n} ids`);
            error = Math.max(error, farthest(logits, reference) / logitsBound(reference));
            different += logits.some((logit, i) => logit !== whole[i]);
          }
        }
        t.diagnostic(`logits are at most ${(100 * error).toFixed(1)} % of the bound from eval`);
        assert.ok(error <= 1, `logits are ${error} bounds away from eval`);
        assert.equal(different, 0, 'logits depend on the chunk');
      });
    }

    await t.test('a sliding window is that of eval', async (t) => {
      const expected = golden(t, stories);
      const bundle = expected && compileModel(t, stories, 'q0f32', ['--context', '256']);
      if (!bundle) return;
      const window = { slidingWindow: 256, attentionSink: 4 };
      const engine = await openEngine(t, gpu, bundle, window);
      const text = [...expected.prompt, ...expected.ids];
      const prompt = Array.from({ length: 400 }, (_, i) => text[i % text.length]);
      const { ids, logits } = evaluate(t, stories, 'q0f32', [
        ...['--prompt-ids', prompt.join(','), '--logits', '--max-tokens', '20', '--ignore-eos'],
        ...['--sliding-window', '256', '--attention-sink', '4'],
      ]);
      const whole = await engine.logits(prompt);
      const error = farthest(whole, logits) / logitsBound(logits);
      t.diagnostic(`logits are at most ${(100 * error).toFixed(1)} % of the bound from eval`);
      assert.ok(error <= 1, `logits are ${error} bounds away from eval`);
      assert.deepEqual(await engine.logits(prompt, { chunk: 65 }), whole);
      const options = { maxTokens: 20, ignoreEos: true };
      assert.deepEqual((await generateAll(engine, prompt, options)).ids, ids);
      const next = [...prompt, ...ids, 403]; // another turn
      const generation = engine.generate(next, options);
      const got = [];
      for await (const { id } of generation) got.push(id);
      assert.equal(generation.result.reusedTokens, next.length - 2);
      const fresh = await generateAll(engine, next, { ...options, reusePrefix: false });
      assert.deepEqual(got, fresh.ids);
    });

    await t.test('goes on after a stop as a fresh run would', async (t) => {
      const bundle = compileModel(t, stories, 'q4f16_1');
      if (!bundle) return;
      const engine = await openEngine(t, gpu, bundle);
      const history = [1];
      for await (const { id } of engine.generate([1], { ignoreEos: true })) {
        if (history.push(id) === 70) break; // steps on the second page are under way
      }
      const prompt = [...history.slice(0, 40), ...history.slice(5, 35), 403]; // onto it again
      const options = { maxTokens: 20, ignoreEos: true };
      const generation = engine.generate(prompt, options);
      const got = [];
      for await (const { id } of generation) got.push(id);
      assert.equal(generation.result.reusedTokens, 40);
      const fresh = await generateAll(engine, prompt, { ...options, reusePrefix: false });
      assert.deepEqual(got, fresh.ids);
    });

    await t.test('q4f16_1 says what eval says', async (t) => {
      const bundle = compileModel(t, stories, 'q4f16_1');
      if (!bundle) return;
      const engine = await openEngine(t, gpu, bundle);
      const expected = evaluate(t, stories, 'q4f16_1', ['--prompt', 'Once', '--max-tokens', '60']);
      assert.deepEqual(Array.from(await engine.tokenize('Once')), expected.prompt_ids);
      const { ids, text } = await generateAll(engine, 'Once', { maxTokens: 60 });
      assert.deepEqual(ids, expected.ids);
      assert.equal(text, expected.text);
    });

    await t.test('a token makes nothing, submits once and reads little', async (t) => {
      const bundle = compileModel(t, stories, 'q0f32');
      if (!bundle) return;
      const device = await (await gpu.requestAdapter()).requestDevice();
      const counts = countCalls(device);
      const engine = await openEngine(t, gpu, bundle, { device });
      const { context } = engine.model;
      let tokens = 0;
      let growths = 0;
      let grew = false; // in this token or the one before: bind groups follow their buffers
      const total = { submit: 0, mapAsync: 0 };
      for await (const { id } of engine.generate([], { ignoreEos: true })) {
        assert.ok(id < engine.model.vocabulary);
        if (tokens++ > 0) {
          if (counts.createBuffer > 0) growths++;
          if (!grew && counts.createBuffer === 0) assert.equal(counts.createBindGroup, 0);
          grew = counts.createBuffer > 0;
          const compiled = [
            'createComputePipeline',
            'createComputePipelineAsync',
            'createShaderModule',
          ];
          for (const call of compiled) assert.equal(counts[call], 0, call);
        }
        assert.equal(counts.submit, counts.mapAsync);
        assert.ok(tokens === 1 || counts.submit <= 4);
        assert.ok(counts.readBytes <= 1024 * Math.max(1, counts.submit));
        total.submit += tokens > 1 ? counts.submit : 0;
        counts.reset();
      }
      assert.equal(tokens, context);
      const { predicted, allocatedBytes } = await engine.memory();
      assert.equal(allocatedBytes, predicted.find((row) => row.context === context).gpuBytes);
      assert.ok(total.submit <= tokens);
      assert.ok(growths <= Math.ceil(Math.log2(context / 256)), `${growths} growths`);
    });
  });
}

test('examples/node.mjs', async (t) => {
  if (buildFolder !== join(root, 'build/release')) return t.skip('it takes build/release');
  const bundle = compileModel(t, stories, 'q4f16_1');
  if (!bundle) return;
  const env = { ...process.env, ...environmentFor('lavapipe') };
  const run = promisify(execFile);
  const args = [join(root, 'examples/node.mjs'), bundle, 'Once upon a time'];
  const { stdout } = await run(process.execPath, args, { env });
  assert.match(stdout, /^Once upon a time, [^]+\n\n\d+ tokens per second\n$/);
});
