// SPDX-License-Identifier: Apache-2.0
// The engine in Node on both software adapters, with the bundle that tiny_bundle.mjs writes by hand:
// ids, logits, growth of the cache, aborts, errors, and what each token costs in WebGPU calls.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { adapterNames, openGpu } from '../../support/adapters.mjs';
import { buildFolder } from '../../support/paths.mjs';
import { countCalls } from './count_calls.mjs';
import { temporaryFolder } from './internals.mjs';
import { countBuffers } from './live_buffers.mjs';
import { tinyModel, writeTinyBundle } from './tiny_bundle.mjs';

const runtime = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

async function openTiny(t, gpu, options = {}, engineOptions = {}) {
  const folder = await writeTinyBundle(await temporaryFolder(t), options);
  const engine = await runtime.createEngine(pathToFileURL(folder), { gpu, ...engineOptions });
  t.after(() => engine.close());
  return engine;
}

async function ids(generation) {
  const all = [];
  for await (const { id } of generation) all.push(id);
  return all;
}

/** What generating two ids reports, after they were compared. */
async function resultOf(engine, prompt) {
  const generation = engine.generate(prompt, { maxTokens: 2 });
  assert.deepEqual(await ids(generation), tinyModel.generate(prompt, 2));
  return generation.result;
}

/** A device of this adapter whose calls are counted. */
async function countedDevice(gpu) {
  const device = await (await gpu.requestAdapter()).requestDevice();
  return { device, counts: countCalls(device) };
}

for (const name of adapterNames) {
  test(name, async (t) => {
    const gpu = openGpu(name);

    await t.test('generates what the model says, for each chunk', async (t) => {
      const engine = await openTiny(t, gpu);
      const prompt = Array.from({ length: 19 }, (_, i) => (i * 7) % 61);
      for (const chunk of [1, 3, 8, undefined]) {
        const generation = engine.generate(prompt, { maxTokens: 20, chunk, reusePrefix: false });
        assert.deepEqual(await ids(generation), tinyModel.generate(prompt, 20));
        const { finishReason, promptTokens, generatedTokens } = generation.result;
        assert.deepEqual(
          { finishReason, promptTokens, generatedTokens },
          { finishReason: 'length', promptTokens: 19, generatedTokens: 20 },
        );
        assert.deepEqual(await engine.logits(prompt, { chunk }), tinyModel.logits(prompt));
      }
      assert.deepEqual(
        await ids(engine.generate([], { maxTokens: 3 })),
        tinyModel.generate([1], 3),
      );
      assert.deepEqual(await ids(engine.generate([2], { maxTokens: 0 })), []);
    });

    await t.test('stops at the end of sequence, which is the last id', async (t) => {
      const all = tinyModel.generate([5], 40);
      const end = all[9];
      const upToEnd = all.slice(0, all.indexOf(end) + 1);
      const engine = await openTiny(t, gpu, { eos: [end] });
      const generation = engine.generate([5], { maxTokens: 40 });
      assert.deepEqual(await ids(generation), upToEnd);
      assert.equal(generation.result.finishReason, 'stop');
      assert.deepEqual(await ids(engine.generate([5], { maxTokens: 40, ignoreEos: true })), all);
    });

    await t.test('reuses what the cache holds of earlier prompts', async (t) => {
      const engine = await openTiny(t, gpu);
      const history = [3, 1, 4];
      for (const count of [1, 5, 2, 70, 3]) {
        const before = history.length;
        const generation = engine.generate(history, { maxTokens: 200 });
        const got = [];
        for await (const { id } of generation) {
          if (got.push(id) === count) break; // up to four steps are under way
        }
        assert.deepEqual(got, tinyModel.generate(history, count));
        history.push(...got, 15);
        const { promptTokens, reusedTokens } = await resultOf(engine, history);
        assert.equal(promptTokens, history.length);
        assert.ok(reusedTokens >= before, `${reusedTokens} of ${before} ids were reused`);
        assert.ok(reusedTokens < history.length);
      }
      const edited = [...history.slice(0, 50), 60, 2];
      assert.equal((await resultOf(engine, edited)).reusedTokens, 50);
      assert.equal((await resultOf(engine, edited)).reusedTokens, 51);
      await engine.forget();
      assert.equal((await resultOf(engine, edited)).reusedTokens, 0);
    });

    await t.test('fills the context and no more', async (t) => {
      const engine = await openTiny(t, gpu, { context: 128 });
      const prompt = Array.from({ length: 100 }, (_, i) => i % 61);
      const generation = engine.generate(prompt);
      assert.deepEqual(await ids(generation), tinyModel.generate(prompt, 29));
      assert.equal(generation.result.finishReason, 'length');
      const full = Array.from({ length: 128 }, () => 2);
      assert.deepEqual(await ids(engine.generate(full)), [tinyModel.next(full)]);
      await assert.rejects(ids(engine.generate([...full, 2])), {
        name: 'ContextOverflowError',
        message: /129 tokens are more than the context of 128/,
      });
    });

    await t.test('makes nothing per token; grows by doubling', async (t) => {
      const { device, counts } = await countedDevice(gpu);
      const context = 2048;
      const engine = await openTiny(t, gpu, { context, initialPages: 4 }, { device });
      let growths = 0;
      let grew = false; // in this token or the one before: bind groups follow their buffers
      let tokens = 0;
      const all = [];
      for await (const { id } of engine.generate([1])) {
        if (tokens++ > 0) {
          if (counts.createBuffer > 0) growths++;
          if (!grew && counts.createBuffer === 0) assert.equal(counts.createBindGroup, 0);
          grew = counts.createBuffer > 0;
          assert.equal(counts.createComputePipeline + counts.createComputePipelineAsync, 0);
          assert.equal(counts.createShaderModule, 0);
          assert.equal(counts.submit, counts.mapAsync);
          assert.ok(counts.submit <= 4 && counts.readBytes <= 4 * 1024);
        }
        counts.reset();
        all.push(id);
      }
      assert.deepEqual(all, tinyModel.generate([1], context));
      assert.ok(growths <= Math.ceil(Math.log2(context / 256)), `${growths} growths`);
      assert.ok(growths >= 3);
    });

    await t.test('goes on after the cache could not grow', async (t) => {
      const { device } = await countedDevice(gpu);
      const engine = await openTiny(t, gpu, {}, { device });
      const create = device.createBuffer;
      device.createBuffer = () => {
        throw new RangeError('no memory');
      };
      const prompt = Array.from({ length: 300 }, (_, i) => i % 61);
      const message = /the GPU has no memory for a cache of \d+ pages, .* MiB: no memory; use a/;
      await assert.rejects(ids(engine.generate(prompt)), { name: 'OutOfMemoryError', message });
      const short = prompt.slice(0, 9);
      assert.deepEqual(
        await ids(engine.generate(short, { maxTokens: 9 })),
        tinyModel.generate(short, 9),
      );
      device.createBuffer = create;
      assert.deepEqual(
        await ids(engine.generate(prompt, { maxTokens: 9 })),
        tinyModel.generate(prompt, 9),
      );
    });

    await t.test('several tasks at once, more than there are sequences', async (t) => {
      const engine = await openTiny(t, gpu, { maxSequences: 3 });
      const prompts = Array.from({ length: 12 }, (_, i) =>
        Array.from({ length: 1 + ((i * 5) % 23) }, (_, k) => (i * 11 + k * k) % 61),
      );
      const stop = new AbortController();
      const stopped = assert.rejects(ids(engine.generate([7], { signal: stop.signal })), {
        name: 'AbortedError',
      });
      const runs = prompts.map(async (prompt, i) => {
        const got = await ids(engine.generate(prompt, { maxTokens: 5 + ((i * 7) % 30) }));
        if (i === 2) stop.abort();
        return got;
      });
      const expected = prompts.map((prompt, i) => tinyModel.generate(prompt, 5 + ((i * 7) % 30)));
      assert.deepEqual(await Promise.all(runs), expected);
      await stopped;
    });

    await t.test('tasks side by side', async (t) => {
      const engine = await openTiny(t, gpu);
      const runs = [[1], [2, 3], [4]].map((prompt) =>
        ids(engine.generate(prompt, { maxTokens: 9 })),
      );
      const logits = engine.logits([7, 7]);
      assert.deepEqual(await Promise.all(runs), [
        tinyModel.generate([1], 9),
        tinyModel.generate([2, 3], 9),
        tinyModel.generate([4], 9),
      ]);
      assert.deepEqual(await logits, tinyModel.logits([7, 7]));
    });

    await t.test('can be stopped, left and closed', async (t) => {
      const engine = await openTiny(t, gpu);
      const stop = new AbortController();
      const seen = [];
      await assert.rejects(
        async () => {
          for await (const { id } of engine.generate([9], { signal: stop.signal })) {
            if (seen.push(id) === 5) stop.abort();
          }
        },
        { name: 'AbortedError' },
      );
      assert.deepEqual(seen, tinyModel.generate([9], 5));
      for await (const { id } of engine.generate([8])) {
        assert.equal(id, tinyModel.next([8]));
        break;
      }
      assert.deepEqual(
        await ids(engine.generate([6], { maxTokens: 7 })),
        tinyModel.generate([6], 7),
      );
      const running = engine.generate([4])[Symbol.asyncIterator]();
      await running.next();
      await engine.close();
      await assert.rejects(running.next(), { name: 'ClosedError' });
      await assert.rejects(ids(engine.generate([4])), { name: 'ClosedError' });
    });

    await t.test('arguments that cannot be met', async (t) => {
      const engine = await openTiny(t, gpu);
      await assert.rejects(ids(engine.generate([61])), {
        name: 'ArgumentError',
        message: /id 61 at 0/,
      });
      await assert.rejects(ids(engine.generate('text')), { message: /has no tokenizer/ });
      await assert.rejects(ids(engine.generate([1], { chunk: 0 })), { message: /chunk is 0/ });
      await assert.rejects(ids(engine.generate([1], { maxTokens: -1 })), {
        message: /maxTokens is -1/,
      });
    });

    await t.test('a flipped byte, a file cut short, a missing file', async (t) => {
      const folder = await writeTinyBundle(await temporaryFolder(t));
      const open = () => runtime.createEngine(pathToFileURL(folder), { gpu });
      for (const path of ['weights/1.bin', 'model.wasm']) {
        const good = await readFile(join(folder, path));
        const bad = Buffer.from(good);
        bad[bad.length >> 1] ^= 4;
        for (const spoilt of [bad, good.subarray(0, -1)]) {
          await writeFile(join(folder, path), spoilt);
          await assert.rejects(open(), { name: 'IntegrityError', message: new RegExp(path) });
        }
        await writeFile(join(folder, path), good);
      }
      await assert.rejects(runtime.createEngine(pathToFileURL(join(folder, 'nothing')), { gpu }), {
        name: 'ReadError',
        message: /nothing\/model\.json/,
      });
      await (await open()).close();
    });

    await t.test('loading reports its phases and can be stopped in each', async (t) => {
      const folder = await writeTinyBundle(await temporaryFolder(t));
      const last = {};
      const engine = await runtime.createEngine(pathToFileURL(folder), {
        gpu,
        progress: ({ phase, loaded, total }) => {
          assert.ok(loaded >= (last[phase]?.loaded ?? 0) && loaded <= total);
          last[phase] = { loaded, total };
        },
      });
      await engine.close();
      assert.deepEqual(Object.keys(last).sort(), ['kernels', 'library', 'weights']);
      for (const { loaded, total } of Object.values(last)) assert.equal(loaded, total);
      assert.equal(last.weights.total, 256);
      for (const phase of Object.keys(last)) {
        const stop = new AbortController();
        const loading = runtime.createEngine(pathToFileURL(folder), {
          gpu,
          signal: stop.signal,
          progress: (progress) => progress.phase === phase && stop.abort(),
        });
        await assert.rejects(loading, { name: 'AbortedError' });
      }
    });

    await t.test('a load that is stopped or fails leaves nothing on a given device', async (t) => {
      const folder = await writeTinyBundle(await temporaryFolder(t));
      const device = await (await gpu.requestAdapter()).requestDevice();
      const buffers = countBuffers(device);
      const load = (options) => runtime.createEngine(pathToFileURL(folder), { device, ...options });
      const { createComputePipelineAsync } = device;
      device.createComputePipelineAsync = () => new Promise(() => {}); // a slow driver
      const stop = new AbortController();
      const progress = ({ phase }) => phase === 'kernels' && stop.abort();
      const loading = load({ signal: stop.signal, progress });
      await assert.rejects(loading, { name: 'AbortedError' });
      assert.equal(buffers.size, 0);
      device.createComputePipelineAsync = createComputePipelineAsync;
      const change = (manifest, program) => (program.kernels[2].wgsl += 'fn broken( {');
      await writeTinyBundle(folder, { change });
      await assert.rejects(load(), { name: 'BundleError' });
      assert.equal(buffers.size, 0);
      device.destroy();
    });

    await t.test(
      'what the adapter lacks, a kernel it refuses, a device that is lost',
      async (t) => {
        const folder = await writeTinyBundle(await temporaryFolder(t), {
          change: (manifest) => {
            manifest.requirements = {
              features: ['no-such-feature'],
              limits: { maxBufferSize: 2 ** 50 },
            };
          },
        });
        await assert.rejects(runtime.createEngine(pathToFileURL(folder), { gpu }), {
          name: 'UnsupportedDeviceError',
          message: /lacks no-such-feature, maxBufferSize of 1125899906842624 \(it has \d+\)/,
        });
        const otherSlots = (manifest, program) => (program.capacities.step_slot_bytes = 512);
        await writeTinyBundle(folder, { change: otherSlots });
        await assert.rejects(runtime.createEngine(pathToFileURL(folder), { gpu }), {
          name: 'BundleError',
          message: /step slots of 512 bytes, but runtime\.wasm writes 256/,
        });
        const huge = (manifest, program) => (program.buffers[5].bytes = 2 ** 48);
        await writeTinyBundle(folder, { change: huge });
        await assert.rejects(runtime.createEngine(pathToFileURL(folder), { gpu }), {
          name: 'OutOfMemoryError',
          message: /no memory for 268435456\.0 MiB of weights, cache and scratch/,
        });
        const change = (manifest, program) => (program.kernels[2].wgsl += 'fn broken( {');
        await writeTinyBundle(folder, { change });
        await assert.rejects(runtime.createEngine(pathToFileURL(folder), { gpu }), {
          name: 'BundleError',
          message: /refuses kernel argmax: line \d+/,
        });
        const { device } = await countedDevice(gpu);
        const engine = await openTiny(t, gpu, {}, { device });
        const running = engine.generate([4])[Symbol.asyncIterator]();
        await running.next();
        device.destroy();
        await assert.rejects(
          async () => {
            while (!(await running.next()).done);
          },
          { name: 'DeviceLostError' },
        );
        await assert.rejects(ids(engine.generate([4])), { name: 'DeviceLostError' });
      },
    );
  });
}

test('no WebGPU is a readable error', async (t) => {
  const folder = await writeTinyBundle(await temporaryFolder(t));
  await assert.rejects(runtime.createEngine(pathToFileURL(folder)), {
    name: 'WebGPUUnavailableError',
    message: /npm package webgpu/,
  });
  const gpu = { requestAdapter: async () => null };
  await assert.rejects(runtime.createEngine(pathToFileURL(folder), { gpu }), {
    name: 'WebGPUUnavailableError',
    message: /no GPU adapter/,
  });
});
