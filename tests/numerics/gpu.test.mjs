// SPDX-License-Identifier: Apache-2.0
// The numeric cases on real implementations of WebGPU: the values and bounds of the graph
// interpreter hold on both adapters, and Tint and naga accept every kernel of the cases and of the
// models in build/data. Alone:
//   node tests/numerics/gpu.test.mjs [PART OF A CASE'S NAME]
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';

import { adapterNames, openGpu } from '../support/adapters.mjs';
import { nagaReads } from '../support/naga.mjs';
import { buildFolder } from '../support/paths.mjs';

const run = promisify(execFile);
const wanted = process.argv[2] ?? '';
const casesInFlight = 32;
const failuresShown = 10;

// lavapipe compiles with LLVM; without optimisation in about half the time.
process.env.GALLIVM_PERF ??= 'nopt';

let folder;
let files; // cases.json
let data; // cases.bin
let shaders; // texts

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webllm-numerics-'));
  const program = join(buildFolder, 'tests/tests_numerics');
  await run(program, ['--gtest_filter=GpuFiles.*'], {
    env: { ...process.env, TEST_TMPDIR: folder },
  });
  files = JSON.parse(await readFile(join(folder, 'numerics/cases.json'), 'utf8'));
  data = await readFile(join(folder, 'numerics/cases.bin'));
  const names = (await readdir(join(folder, 'numerics/shaders'))).sort();
  assert.equal(names.length, files.shaders);
  shaders = await Promise.all(
    names.map((name) => readFile(join(folder, 'numerics/shaders', name), 'utf8')),
  );
});
after(() => rm(folder, { recursive: true, force: true }));

// A typed view of cases.bin; what is written there is aligned.
const view = (type, offset, count) => new type(data.buffer, data.byteOffset + offset, count);

class Runner {
  constructor(device) {
    this.device = device;
    this.modules = new Map(); // by shader
    this.pipelines = new Map(); // by shader: {pipeline, layout}
  }

  module(shader) {
    if (!this.modules.has(shader)) {
      this.modules.set(shader, this.device.createShaderModule({ code: shaders[shader] }));
    }
    return this.modules.get(shader);
  }

  async pipeline({ shader, writes }) {
    if (!this.pipelines.has(shader))
      this.pipelines.set(shader, this.createPipeline(shader, writes));
    return this.pipelines.get(shader);
  }

  async createPipeline(shader, writes) {
    const entries = writes.map((write, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: write ? 'storage' : 'read-only-storage' },
    }));
    const layout = this.device.createBindGroupLayout({ entries });
    const pipeline = await this.device.createComputePipelineAsync({
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.module(shader), entryPoint: 'main' },
    });
    return { pipeline, layout };
  }

  // Unwritten bytes are 0xff: NaN where a float is read.
  createBuffer({ bytes, role, data: offset }, plantFault) {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const buffer = this.device.createBuffer({ size: bytes, usage });
    const words = new Uint32Array(bytes / 4).fill(0xffffffff);
    if (offset !== undefined) words.set(view(Uint32Array, offset, bytes / 4));
    plantFault?.(role, words);
    this.device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  // Runs a case and returns what differs. `plantFault` may change what buffers begin with.
  async run(numericCase, plantFault) {
    const buffers = numericCase.buffers.map((buffer) => this.createBuffer(buffer, plantFault));
    const ready = await Promise.all(numericCase.dispatches.map((d) => this.pipeline(d)));
    const encoder = this.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const [i, { buffers: bound, grid }] of numericCase.dispatches.entries()) {
      const { pipeline, layout } = ready[i];
      const entries = bound.map((b, binding) => ({ binding, resource: { buffer: buffers[b] } }));
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, this.device.createBindGroup({ layout, entries }));
      pass.dispatchWorkgroups(...grid);
    }
    pass.end();
    const readbacks = numericCase.expected.map(({ buffer }) => {
      const { size } = buffers[buffer];
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      const readback = this.device.createBuffer({ size, usage });
      encoder.copyBufferToBuffer(buffers[buffer], 0, readback, 0, size);
      return readback;
    });
    this.device.queue.submit([encoder.finish()]);
    await Promise.all(readbacks.map((readback) => readback.mapAsync(GPUMapMode.READ)));
    const differences = numericCase.expected
      .map((expected, i) => firstDifference(expected, readbacks[i].getMappedRange()))
      .filter(Boolean);
    for (const buffer of [...buffers, ...readbacks]) buffer.destroy();
    return differences;
  }
}

function firstDifference({ type, count, words, values, bounds }, bytes) {
  const results = type === 'u32' ? new Uint32Array(bytes) : new Float32Array(bytes);
  const indices = view(Uint32Array, words, count);
  const expected = view(Float64Array, values, count);
  const bound = view(Float64Array, bounds, count);
  for (let i = 0; i < count; i++) {
    const result = results[indices[i]];
    if (!(Math.abs(result - expected[i]) <= bound[i])) {
      return `[${i}] is ${result}, not ${expected[i]} +- ${bound[i].toPrecision(3)}`;
    }
  }
  return null;
}

// Dawn's objects end with the one that made them, so that one is kept.
const kept = [];

async function createDevice(name) {
  const gpu = openGpu(name);
  const adapter = await gpu.requestAdapter();
  kept.push(gpu, adapter);
  // The default limits; the features that variants of kernels may use.
  const requiredFeatures = ['shader-f16', 'subgroups'].filter((one) => adapter.features.has(one));
  const device = await adapter.requestDevice({ requiredFeatures });
  const errors = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  return { device, errors };
}

for (const name of adapterNames) {
  test(`every case on ${name}`, async (t) => {
    const { device, errors } = await createDevice(name);
    t.after(() => device.destroy());
    const runner = new Runner(device);
    const runs = ({ f16, subgroups }) =>
      (!f16 || device.features.has('shader-f16')) &&
      (!subgroups || device.features.has('subgroups'));
    const cases = files.cases.filter((one) => one.name.includes(wanted) && runs(one));
    const failures = [];
    const queue = cases.values();
    const worker = async () => {
      for (const one of queue) {
        for (const difference of await runner.run(one)) {
          const alone = `node tests/numerics/gpu.test.mjs ${one.name}`;
          failures.push(`${one.name} (${one.forms}): ${difference}\n    alone: ${alone}`);
        }
      }
    };
    await Promise.all(Array.from({ length: casesInFlight }, worker));
    t.diagnostic(`${cases.length} cases, ${runner.pipelines.size} pipelines`);
    assert.deepEqual(errors.slice(0, failuresShown), []);
    const shown = failures.slice(0, failuresShown).join('\n');
    assert.equal(failures.length, 0, `${failures.length} differ, such as:\n${shown}`);
  });
}

// What the kernel interpreter's tests show for every case (sensitivity_test.cpp), once on a GPU.
const faults = {
  linear_q4_17x5: (role, words) => {
    if (role === 'weight') words[0] ^= 1; // one code changed by one
  },
  attention_4x2x8_at64: (role, words) => {
    if (role === 'page_table') [words[0], words[1]] = [words[1], words[0]];
  },
};
test('a changed weight code and swapped pages are noticed', async (t) => {
  const { device } = await createDevice(adapterNames[0]);
  t.after(() => device.destroy());
  const runner = new Runner(device);
  for (const [name, plantFault] of Object.entries(faults)) {
    const one = files.cases.find((candidate) => candidate.name === name);
    assert.deepEqual(await runner.run(one), [], name);
    assert.notDeepEqual(await runner.run(one, plantFault), [], name);
  }
});

test('Tint accepts every kernel', async (t) => {
  const { device, errors } = await createDevice(adapterNames[0]);
  t.after(() => device.destroy());
  const runner = new Runner(device);
  for (const shader of shaders.keys()) {
    const { messages } = await runner.module(shader).getCompilationInfo();
    const told = messages.filter(({ type }) => type === 'error').map(({ message }) => message);
    assert.deepEqual(told, [], shaders[shader]);
  }
  assert.deepEqual(errors, []);
  t.diagnostic(`${shaders.length} kernels`);
});

test('naga accepts every kernel', async (t) => {
  try {
    await run('naga', ['--version']);
  } catch {
    t.skip('naga is not installed');
    return;
  }
  const names = (await readdir(join(folder, 'numerics/shaders'))).sort();
  const known = names.filter((_, i) => nagaReads(shaders[i]));
  await run('naga', ['--bulk-validate', ...known.map((file) => join('numerics/shaders', file))], {
    cwd: folder,
    maxBuffer: 1 << 26,
  });
  t.diagnostic(`${known.length} kernels, and ${names.length - known.length} that it cannot read`);
});

test('the kernels of the models are among them', (t) => {
  if (files.models > 0) return;
  if (process.env.CI === 'true') throw new Error('no test data at build/data/models');
  t.skip('no test data at build/data/models');
});
