// SPDX-License-Identifier: Apache-2.0
// Two kernels whose rates bound all others: one that copies, and one that does nothing but multiply
// and add f32 in registers. The profiler times them by timestamps, the benchmarks by the clock.

export interface RateKernel {
  code: string;
  /** Of the storage buffers that it binds, in bytes. */
  sizes: readonly number[];
  workgroups: number;
  /** What one dispatch does: bytes that are read and written, or floating-point operations. */
  amount: number;
}

const copied = 64 << 20; // beyond caches, within what any device binds

export const copyKernel: RateKernel = {
  code: `
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<u32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  copy[id.x] = source[id.x];
}`,
  sizes: [copied, copied],
  workgroups: copied / 16 / 256,
  amount: 2 * copied,
};

// 16 chains of vec4 multiply-adds per invocation, nothing from memory.
const chains = Array.from({ length: 16 }, (_, i) => `a${i}`);
const rounds = 256;
const workgroups = 256;

export const flopKernel: RateKernel = {
  code: `
@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let x = vec4<f32>(f32(id.x) * 1e-9);
  ${chains.map((a, i) => `var ${a} = x + ${i}.0;`).join('\n')}
  for (var i = 0u; i < ${rounds}u; i++) {
    ${chains.map((a) => `${a} = ${a} * x + x;`).join('\n')}
  }
  let sum = ${chains.join(' + ')};
  out[id.x] = sum.x + sum.y + sum.z + sum.w;
}`,
  sizes: [4 * 64 * workgroups],
  workgroups,
  amount: 2 * 4 * chains.length * rounds * 64 * workgroups,
};
