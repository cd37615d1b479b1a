// SPDX-License-Identifier: Apache-2.0
// Variants of kernels: the best that the device can run is taken; what the driver does not compile,
// and what computes other numbers than the plain kernel, is refused.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { adapterNames, openGpu } from '../../support/adapters.mjs';
import { buildFolder } from '../../support/paths.mjs';
import { internals, temporaryFolder } from './internals.mjs';
import { tinyModel, writeTinyBundle } from './tiny_bundle.mjs';

const runtime = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);
const { agree } = await internals('gpu/self_check.ts');

const kernelName = 'hash';
const features = ['shader-f16', 'subgroups'];

// Variants of the kernel `hash`, made of its text.
const makers = {
  f16: (wgsl) => ({ features: ['shader-f16'], wgsl: `enable f16;\n${wgsl}` }),
  subgroups: (wgsl) => ({ features: ['subgroups'], wgsl: `enable subgroups;\n${wgsl}` }),
  unknown: (wgsl) => ({ features: ['no-such-feature'], wgsl }),
  malformed: () => ({ features: ['subgroups'], wgsl: 'enable subgroups;\nfn main(' }),
  wrong: (wgsl) => ({ features: ['subgroups'], wgsl: wgsl.replace('31u', '29u') }),
  lazy: (wgsl) => ({ features: ['subgroups'], wgsl: wgsl.replace('hidden[row] = hash;', '') }),
};

async function open(t, gpu, names, engineOptions = {}) {
  const change = (manifest, program) => {
    manifest.requirements.optional_features = [...features, 'no-such-feature'];
    const kernel = program.kernels.find(({ name }) => name === kernelName);
    kernel.variants = names.map((name) => ({ name, ...makers[name](kernel.wgsl) }));
  };
  const folder = await writeTinyBundle(await temporaryFolder(t), { change });
  const engine = await runtime.createEngine(pathToFileURL(folder), { gpu, ...engineOptions });
  t.after(() => engine.close());
  return engine;
}

async function check(engine) {
  const ids = [];
  for await (const { id } of engine.generate([5, 9, 3], { maxTokens: 70 })) ids.push(id);
  assert.deepEqual(ids, tinyModel.generate([5, 9, 3], 70));
  return engine.model.kernelVariants;
}

for (const name of adapterNames) {
  test(`variants on ${name}`, async (t) => {
    const gpu = openGpu(name);
    const halves = (await gpu.requestAdapter()).features.has('shader-f16');

    await t.test('the first that the device can run', async (t) => {
      const variant = halves ? 'f16' : 'subgroups';
      const engine = await open(t, gpu, ['unknown', 'f16', 'subgroups']);
      assert.deepEqual(await check(engine), [{ kernel: kernelName, variant, refused: [] }]);
    });

    await t.test('the next one where the driver refuses it', async (t) => {
      const engine = await open(t, gpu, ['malformed', 'subgroups']);
      const [{ variant, refused }] = await check(engine);
      assert.equal(variant, 'subgroups');
      assert.equal(refused[0].variant, 'malformed');
      assert.match(refused[0].reason, /line 2/);
    });

    await t.test('the plain kernel where all compute other numbers', async (t) => {
      const engine = await open(t, gpu, ['wrong', 'malformed', 'lazy']);
      const [{ variant, refused }] = await check(engine);
      assert.equal(variant, undefined);
      assert.deepEqual(
        refused.map((one) => one.variant),
        ['wrong', 'malformed', 'lazy'],
      );
      assert.equal(refused[0].reason, 'it computes other numbers');
    });

    await t.test('the plain kernel where no feature may be used', async (t) => {
      const engine = await open(t, gpu, ['f16', 'subgroups'], { optionalFeatures: [] });
      assert.deepEqual(await check(engine), []);
    });

    await t.test('those of a given device', async (t) => {
      const device = await (await gpu.requestAdapter()).requestDevice();
      assert.deepEqual(await check(await open(t, gpu, ['f16', 'subgroups'], { device })), []);
    });
  });
}

test('results agree up to rounding', () => {
  const bits = (numbers) => new Uint32Array(Float32Array.from(numbers).buffer);
  const noise = bits([9, 9, 9, 9, 9]);
  const plain = bits([1, -2, 0.001, 3, 9]);
  assert.ok(agree(plain, plain, noise));
  assert.ok(agree(plain, bits([1.001, -2.001, 0.002, 2.99, 9]), noise));
  assert.ok(!agree(plain, bits([1.1, -2, 0.001, 3, 9]), noise), 'another number');
  assert.ok(!agree(plain, bits([1, -2, 0.001, 3, 8.99]), noise), 'what the plain kernel leaves');
  assert.ok(!agree(plain, bits([1, -2, NaN, 3, 9]), noise), 'not a number');
  assert.ok(!agree(Uint32Array.of(63), Uint32Array.of(62), Uint32Array.of(9)), 'an integer');
});
