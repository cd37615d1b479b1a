// SPDX-License-Identifier: Apache-2.0
// The WGSL of kernels as others see it: naga and Tint accept it, and on both GPUs every op gives
// what the interpreter gives.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { adapterNames, openGpu } from '../support/adapters.mjs';
import { nagaReads } from '../support/naga.mjs';
import { runCodegenTest } from './fixtures.mjs';

const run = promisify(execFile);

async function writeShaders(t) {
  const folder = await runCodegenTest(t, 'Wgsl.WritesShadersToAFolder');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.wgsl')).sort();
  return { folder, names };
}

test('naga accepts every shader', async (t) => {
  try {
    await run('naga', ['--version']);
  } catch {
    t.skip('naga is not installed');
    return;
  }
  const { folder, names } = await writeShaders(t);
  const known = [];
  for (const path of names.map((name) => join(folder, name)))
    if (nagaReads(await readFile(path, 'utf8'))) known.push(path);
  await run('naga', ['--bulk-validate', ...known]);
});

const floats = new Float32Array([1.5, -2.25, 0, 100, 2, 0.5, -3, 7]);
const words = new Uint32Array([7, 0xfffffffe, 0, 0x80000000, 3, 5, 2, 31]);

const bytesOf = (type) =>
  (type.includes('f16') ? 2 : 4) * (Number(type.match(/^vec(\d)/)?.[1]) || 1);

function halfToNumber(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? (1024 + fraction) * 2 ** (exponent - 25) : fraction * 2 ** -24);
}

function numbers(bytes, type) {
  if (type.includes('f16')) return Array.from(new Uint16Array(bytes), halfToNumber);
  if (type.includes('f32')) return Array.from(new Float32Array(bytes));
  return Array.from(type.includes('i32') ? new Int32Array(bytes) : new Uint32Array(bytes));
}

// WGSL gives these some units in the last place of room; everything else is exact.
const inexact = /exp|log|tanh|inverse_sqrt|sqrt|div %f/;

function close(value, expected, row) {
  if (expected === null || !row.portable) return true; // no finite number was promised
  if (!inexact.test(row.ops)) return value === expected;
  const unit = row.type.includes('f16') ? 2 ** -10 : 2 ** -20;
  return Math.abs(value - expected) <= 4 * unit * Math.max(Math.abs(expected), 2 ** -10);
}

async function createDevice(gpu) {
  const adapter = await gpu.requestAdapter();
  const requiredFeatures = ['shader-f16', 'subgroups'].filter((one) => adapter.features.has(one));
  return adapter.requestDevice({ requiredFeatures });
}

function createBuffer(device, data, usage) {
  const buffer = device.createBuffer({
    size: data.byteLength,
    usage: usage | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}

async function compile(device, code) {
  return device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
}

async function runRow(device, code, type) {
  const pipeline = await compile(device, code);
  const size = 4 * bytesOf(type);
  const output = device.createBuffer({
    size,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC,
  });
  const readback = device.createBuffer({
    size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const inputs = [floats, words].map((data) => createBuffer(device, data, GPUBufferUsage.STORAGE));
  // The layout has only the bindings that the shader uses.
  const entries = [...inputs, output]
    .map((buffer, binding) => ({ binding, resource: { buffer } }))
    .filter(({ binding }) => new RegExp(`\\bb${binding}\\[`).test(code));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(output, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);
  return numbers(readback.getMappedRange().slice(0), type);
}

for (const name of adapterNames) {
  test(`every op on ${name}`, async (t) => {
    const { folder, names } = await writeShaders(t);
    const gpu = openGpu(name); // kept to the end: Dawn stops when it is collected
    const device = await createDevice(gpu);
    const errors = [];
    device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
    const halves = device.features.has('shader-f16');
    let ran = 0;
    for (const row of JSON.parse(await readFile(join(folder, 'rows.json')))) {
      const code = await readFile(join(folder, `${row.name}.wgsl`), 'utf8');
      if (code.startsWith('enable f16') && !halves) continue;
      const values = await runRow(device, code, row.type);
      const agree = values.every((value, i) => close(value, row.expected[i], row));
      assert.ok(agree, `${row.ops}\n${code}\n${values}\nexpected ${row.expected}`);
      ++ran;
    }
    for (const structure of names.filter((name) => name.startsWith('structure')))
      await compile(device, await readFile(join(folder, structure), 'utf8'));
    assert.deepEqual(errors, []);
    t.diagnostic(`${ran} rows`);
    device.destroy();
    assert.ok(gpu);
  });
}
