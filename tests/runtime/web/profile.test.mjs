// SPDX-License-Identifier: Apache-2.0
// Profiles: every dispatch of a step appears once, under the names of kernel and module, with what it
// has to move and compute; nothing is timed, and nothing asked of the device, unless it is wanted.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { adapterNames, openGpu } from '../../support/adapters.mjs';
import { compileModel } from '../../support/bundles.mjs';
import { buildFolder } from '../../support/paths.mjs';
import { countCalls } from './count_calls.mjs';
import { internals, temporaryFolder } from './internals.mjs';
import { tinyModel, writeTinyBundle } from './tiny_bundle.mjs';

const file = (name) => pathToFileURL(join(buildFolder, 'runtime', name)).href;
const runtime = await import(file('runtime.js'));
const { barChart, kernelRows, tableText, traceEvents } = await import(file('profiler.js'));
const { greatestDivisor, median } = await internals('profile/numbers.ts');
const { layerOf, summarize } = await internals('profile/places.ts');
const { Timestamps } = await internals('profile/timestamps.ts');

const prompt = [3, 5, 8];
const steps = {
  forward: [
    { at: 'model.layers.0.cache', bytes: [0, 4, 0], flops: [0, 0] },
    { at: 'model.layers.0.hash', bytes: [256, 0, 4], flops: [7, 2] },
  ],
  greedy: [{ at: 'sample', bytes: [1000, 0, 0], flops: [0, 0] }],
};

async function open(t, gpu, options = {}, described = steps) {
  const change = (_, { functions }) => {
    for (const fn of functions) if (described[fn.name]) fn.steps = described[fn.name];
  };
  const folder = await writeTinyBundle(await temporaryFolder(t), { change });
  const engine = await runtime.createEngine(pathToFileURL(folder), { gpu, ...options });
  t.after(() => engine.close());
  return engine;
}

async function generate(engine, maxTokens) {
  const ids = [];
  for await (const { id } of engine.generate(prompt, { maxTokens, reusePrefix: false })) {
    ids.push(id);
  }
  assert.deepEqual(ids, tinyModel.generate(prompt, maxTokens));
}

const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);
const near = (a, b) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${a} is not ${b}`);

for (const name of adapterNames) {
  const gpu = openGpu(name);

  test(`every dispatch once, with its names and costs, on ${name}`, async (t) => {
    const device = await (
      await gpu.requestAdapter()
    ).requestDevice({ requiredFeatures: ['timestamp-query'] });
    const engine = await open(t, gpu, { device, profile: true });
    const counts = countCalls(device);
    await generate(engine, 5);
    const dispatches = counts.dispatchWorkgroups;
    assert.equal(counts.beginComputePass, dispatches, 'a pass for each');
    const profile = await engine.profile();
    assert.equal(profile.dispatches.length, dispatches);
    assert.equal(profile.missed, 0);
    assert.equal(profile.model, 'tiny-hash');
    assert.ok(profile.copyBytesPerSecond > 1e6 && profile.flopsPerSecond > 1e6);

    const bySteps = new Map();
    for (const dispatch of profile.dispatches) {
      const site = profile.sites[dispatch.site];
      const of = bySteps.get(dispatch.step) ?? [];
      bySteps.set(dispatch.step, [...of, { ...dispatch, ...site }]);
    }
    let length = 0;
    for (const step of bySteps.values()) {
      assert.deepEqual(
        step.map(({ function: fn, kernel, at }) => [fn, kernel, at]),
        [
          ['forward', 'write_cache', 'model.layers.0.cache'],
          ['forward', 'hash', 'model.layers.0.hash'],
          ['greedy', 'argmax', 'sample'],
        ],
      );
      const [cache, hash, argmax] = step;
      assert.deepEqual(hash.weights, ['weights']);
      const { rows } = hash;
      assert.equal(rows, length === 0 ? prompt.length : 1);
      const pairs = rows * length + (rows * (rows + 1)) / 2;
      length += rows;
      assert.deepEqual([cache.bytes, cache.flops], [4 * rows, 0]);
      assert.deepEqual([hash.bytes, hash.flops], [256 + 4 * length, 7 * rows + 2 * pairs]);
      assert.deepEqual([argmax.rows, argmax.bytes], [1, 1000]);
    }
    const again = await engine.profile();
    assert.deepEqual(again.dispatches, [], 'what was taken is gone');
  });

  test(`sums, table, trace and chart agree, on ${name}`, async (t) => {
    const engine = await open(t, gpu, { profile: true });
    await generate(engine, 30);
    const profile = await engine.profile();
    const total = sum(profile.dispatches, ({ nanoseconds }) => nanoseconds);
    const rows = kernelRows(profile);
    assert.deepEqual(rows.map(({ kernel }) => kernel).sort(), ['argmax', 'hash', 'write_cache']);
    near(
      sum(rows, ({ microseconds }) => microseconds),
      total / 1e3,
    );
    near(
      sum(rows, ({ share }) => share),
      1,
    );
    assert.equal(
      sum(rows, ({ dispatches }) => dispatches),
      profile.dispatches.length,
    );
    const hash = rows.find(({ kernel }) => kernel === 'hash');
    assert.deepEqual(hash.modules, ['model.layers.0.hash', 'weights']);
    const { copyBytesPerSecond, flopsPerSecond } = profile;
    const floors = [hash.bytes / copyBytesPerSecond, hash.flops / flopsPerSecond];
    assert.ok(hash.floorMicroseconds >= 1e6 * Math.max(...floors) * (1 - 1e-9));
    near(hash.gap, hash.microseconds / hash.floorMicroseconds);

    const tick = profile.tickNanoseconds;
    for (const { start, nanoseconds } of profile.dispatches) {
      assert.equal(start % tick, 0);
      assert.equal(nanoseconds % tick, 0);
    }
    const text = tableText(profile);
    assert.match(text, new RegExp(`timestamps are multiples of ${(tick / 1e3).toPrecision(3)} us`));
    for (const { kernel } of rows) assert.match(text, new RegExp(`^${kernel} `, 'm'));

    const events = traceEvents(profile).traceEvents;
    const of = (category) => events.filter(({ cat }) => cat === category);
    assert.equal(of('dispatch').length, profile.dispatches.length);
    near(
      sum(of('dispatch'), ({ dur }) => dur),
      total / 1e3,
    );
    assert.equal(of('step').length, new Set(profile.dispatches.map(({ step }) => step)).size);
    assert.equal(of('module')[0].name, 'model.layers.0');
    for (const { ts, dur } of of('dispatch')) {
      const around = of('step').filter(
        (step) => step.ts <= ts && ts + dur <= step.ts + step.dur + 1e-3,
      );
      assert.ok(around.length > 0, 'a dispatch lies in its step');
    }
    assert.equal(barChart(profile).match(/<g /g).length, rows.length);
  });

  test(`more dispatches than a query set holds, on ${name}`, async () => {
    const adapter = await gpu.requestAdapter();
    const gpuDevice = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] });
    const timestamps = new Timestamps({ gpu: gpuDevice, wait: (promise) => promise });
    const writer = timestamps.writer();
    const encoder = gpuDevice.createCommandEncoder();
    for (let i = 0; i < 2100; i++) {
      encoder.beginComputePass({ timestampWrites: writer.next() }).end();
    }
    writer.finish(encoder);
    gpuDevice.queue.submit([encoder.finish()]);
    const times = await writer.read();
    assert.equal(times.length, 4200);
    assert.ok(times.every((time, i) => time > 0n && (i === 0 || time >= times[i - 1])));
    timestamps.destroy();
    gpuDevice.destroy();
  });
}

test('off unless asked for', async (t) => {
  const engine = await open(t, openGpu('lavapipe'));
  assert.ok(!engine.device.features.has('timestamp-query'));
  const counts = countCalls(engine.device);
  await generate(engine, 5);
  assert.equal(counts.beginComputePass, counts.submit, 'one pass a step');
  assert.equal(counts.createQuerySet, 0);
  await assert.rejects(engine.profile(), (error) => {
    assert.ok(error instanceof runtime.ArgumentError);
    return /`profile: true`/.test(error.message);
  });
});

test('a device without timestamp-query is refused by that name', async (t) => {
  const gpu = openGpu('lavapipe');
  const without = {
    async requestAdapter() {
      const adapter = await gpu.requestAdapter();
      const features = new Set([...adapter.features].filter((name) => name !== 'timestamp-query'));
      return { features, limits: adapter.limits };
    },
  };
  const device = await (await gpu.requestAdapter()).requestDevice();
  for (const choice of [{ gpu: without }, { gpu, device }]) {
    await assert.rejects(open(t, choice.gpu, { profile: true, ...choice }), (error) => {
      assert.ok(error instanceof runtime.UnsupportedDeviceError);
      assert.match(error.message, /lacks timestamp-query; leave out the option `profile`/);
      return true;
    });
  }
  device.destroy();
});

test('a bundle that says nothing of its steps', async (t) => {
  const engine = await open(t, openGpu('lavapipe'), { profile: true }, {});
  await generate(engine, 3);
  const profile = await engine.profile();
  assert.ok(profile.dispatches.every(({ bytes, flops }) => bytes === 0 && flops === 0));
  assert.ok(profile.sites.every(({ at }) => at === ''));
  assert.match(tableText(profile), /^hash .* weights$/m);
});

test('steps that are malformed are an error that names the place', async (t) => {
  const spoilt = { forward: [{ at: 'a', bytes: [1, 2], flops: [0, 0] }] };
  const engine = await open(t, openGpu('lavapipe'), { profile: true }, spoilt);
  await assert.rejects(generate(engine, 3), /functions\[0\]\.steps\[0\]\.bytes has 2 numbers/);
});

test('modules of a compiled model', async (t) => {
  const bundle = compileModel(t, 'models/stories260K-hf', 'q4f16_1');
  if (!bundle) return;
  const options = { gpu: openGpu('lavapipe'), profile: true };
  const engine = await runtime.createEngine(pathToFileURL(bundle), options);
  t.after(() => engine.close());
  const answer = engine.generate([1, 403], { maxTokens: 3, ignoreEos: true });
  for await (const token of answer) void token;
  const { dispatches, sites } = await engine.profile();
  const last = dispatches.filter(({ step }) => step === dispatches.at(-1).step);
  const computed = last.map(({ site }) => sites[site].at);
  for (let layer = 0; layer < 5; layer++) {
    for (const part of ['self_attn.qkv_proj', 'self_attn', 'self_attn.o_proj', 'mlp']) {
      assert.ok(computed.includes(`model.layers.${layer}.${part}`), `${layer} ${part}`);
    }
  }
  const mlp = sites.find(({ at, kernel }) => at === 'model.layers.1.mlp' && /linear/.test(kernel));
  assert.deepEqual(mlp.weights.sort(), [
    'model.layers.1.mlp.gate_proj',
    'model.layers.1.mlp.up_proj',
    'model.layers.1.post_attention_layernorm',
  ]);
});

test('numbers and names of profiles', () => {
  assert.equal(greatestDivisor([65536, 0, 196608]), 65536);
  assert.equal(greatestDivisor([10, 15]), 5);
  assert.equal(greatestDivisor([]), 0);
  assert.equal(median([5, 1, 9]), 5);
  assert.equal(median([4, 1, 9, 5]), 4);
  assert.equal(median([]), 0);
  assert.equal(layerOf('model.layers.13.mlp.down_proj'), 'model.layers.13');
  assert.equal(layerOf('model.layers.13'), 'model.layers.13');
  assert.equal(layerOf('model.norm'), 'model.norm');
  const layers = [0, 2, 1, 5].map((i) => `model.layers.${i}.mlp`);
  assert.deepEqual(summarize([...layers, 'model.norm', 'model.norm']), [
    'model.layers.0-2,5.mlp',
    'model.norm',
  ]);
});
