// SPDX-License-Identifier: Apache-2.0
// What drivers do with the kernels of a bundle at load: text, time to a pipeline and to its first use.
//
// The default model as q4f16_1, in Node: each kernel, and the variant that the device would take, in
// a pipeline of its own, one after the other. Times are of the processor, of all threads; the first
// use is a dispatch of one workgroup, less a second one, because some drivers compile only then. No
// driver may take anything from an earlier run.
//   sh benchmarks/run.sh kernels [lavapipe | swiftshader | gpu [MODEL FOLDER]]
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { internals } from '../tests/runtime/web/internals.mjs';
import { binary, pebble } from '../tests/support/paths.mjs';
import { openAdapter } from './support/open_adapter.mjs';
import { report } from './support/report.mjs';

const [adapter = 'lavapipe', folder = pebble] = process.argv.slice(2);
const model = resolve(folder);
const quantization = 'q4f16_1';
const bufferBytes = 1 << 20; // of each binding; what a workgroup reads beyond it does not matter

process.env.MESA_SHADER_CACHE_DISABLE = 'true';
process.env.__GL_SHADER_DISK_CACHE = '0';

async function readProgram(bundle) {
  const { Plan } = await internals('gpu/plan.ts');
  const { tensors } = JSON.parse(await readFile(join(bundle, 'model.json'), 'utf8'));
  const plan = await Plan.load(await readFile(join(bundle, 'model.wasm')), tensors.length);
  return plan.program;
}

// What a load compiles: the plain kernels, and of the variants the first that the device can run.
function textsOf(program, features) {
  return program.kernels.flatMap(({ name, wgsl, bindings, variants }) => {
    const taken = variants.find((variant) => variant.features.every((one) => features.has(one)));
    return [{ name, wgsl }, ...(taken ? [taken] : [])].map((text) => ({ ...text, bindings }));
  });
}

async function openDevice(gpu) {
  const offered = await gpu.requestAdapter();
  const known = ['shader-f16', 'subgroups'];
  return offered.requestDevice({
    requiredFeatures: known.filter((name) => offered.features.has(name)),
  });
}

// Milliseconds of the processor that something takes.
async function processorTime(work) {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

async function measure(device, { name, wgsl, bindings }) {
  const layout = device.createBindGroupLayout({
    entries: bindings.map((type, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    })),
  });
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.UNIFORM;
  const buffers = bindings.map(() => device.createBuffer({ size: bufferBytes, usage }));
  const group = device.createBindGroup({
    layout,
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  let pipeline;
  const compiling = await processorTime(async () => {
    pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: device.createShaderModule({ code: wgsl }) },
    });
  });
  const dispatch = () =>
    processorTime(async () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    });
  const first = await dispatch();
  const again = await dispatch();
  for (const buffer of buffers) buffer.destroy();
  return {
    kernel: name,
    wgsl_bytes: wgsl.length,
    pipeline_ms: Math.round(compiling),
    first_use_ms: Math.max(0, Math.round(first - again)),
  };
}

const place = await mkdtemp(join(tmpdir(), 'webllm-kernels-'));
try {
  const bundle = join(place, 'bundle');
  await promisify(execFile)(binary, [model, '-o', bundle, '--quantization', quantization]);
  const program = await readProgram(bundle);
  const gpu = openAdapter(adapter);
  const device = await openDevice(gpu);
  await measure(device, {
    wgsl: '@compute @workgroup_size(1) fn main() {}',
    bindings: [],
  }); // what the driver does once
  const rows = [];
  for (const text of textsOf(program, device.features)) rows.push(await measure(device, text));
  const total = (what) => rows.reduce((sum, row) => sum + row[what], 0);
  rows.push({
    kernel: `all ${rows.length}`,
    wgsl_bytes: total('wgsl_bytes'),
    pipeline_ms: total('pipeline_ms'),
    first_use_ms: total('first_use_ms'),
  });
  device.destroy();
  report('kernels', rows, { adapter, model: basename(model), quantization });
} finally {
  await rm(place, { recursive: true, force: true });
}
