// SPDX-License-Identifier: Apache-2.0
// The two rates that bound every kernel, measured on the same device by the same timestamps: of
// memory, by a kernel that copies, and of arithmetic, by one that does nothing but multiply and add
// f32 in registers.
import type { OpenDevice } from '../gpu/device.ts';
import type { Timestamps } from './timestamps.ts';

export interface Rates {
  copyBytesPerSecond: number;
  flopsPerSecond: number;
}

const copied = 64 << 20; // beyond caches, within what any device binds
const copyShader = `
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<u32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  copy[id.x] = source[id.x];
}`;

// 16 chains of vec4 multiply-adds per invocation, nothing from memory.
const chains = Array.from({ length: 16 }, (_, i) => `a${i}`);
const rounds = 256;
const workgroups = 256;
const flopShader = `
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
}`;
const flops = 2 * 4 * chains.length * rounds * 64 * workgroups;

const storage = 0x80; // GPUBufferUsage.STORAGE, which Node has not as a global
const wanted = 4e6; // nanoseconds: many times the coarsest ticks of browsers
const repetitions = 3;

export async function measureRates(device: OpenDevice, timestamps: Timestamps): Promise<Rates> {
  const copy = new Case(device, timestamps, copyShader, [copied, copied], copied / 16 / 256);
  const compute = new Case(device, timestamps, flopShader, [4 * 64 * workgroups], workgroups);
  return {
    copyBytesPerSecond: (2 * copied) / (await copy.seconds()),
    flopsPerSecond: flops / (await compute.seconds()),
  };
}

class Case {
  constructor(
    private readonly device: OpenDevice,
    private readonly timestamps: Timestamps,
    private readonly code: string,
    private readonly sizes: readonly number[],
    private readonly workgroups: number,
  ) {}

  /** Of one dispatch, the fastest of some. */
  async seconds(): Promise<number> {
    const { gpu } = this.device;
    const module = gpu.createShaderModule({ code: this.code });
    const pipeline = await this.device.wait(
      gpu.createComputePipelineAsync({ layout: 'auto', compute: { module } }),
    );
    const buffers = await this.device.allocate('measuring rates', () =>
      this.sizes.map((size) => gpu.createBuffer({ size, usage: storage })),
    );
    const group = gpu.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    await this.run(pipeline, group, 1); // some drivers compile when a pipeline is first used
    const once = Math.max(1, await this.run(pipeline, group, 1));
    const count = Math.min(256, Math.ceil(wanted / once));
    let best = Infinity;
    for (let i = 0; i < repetitions; i++) {
      best = Math.min(best, (await this.run(pipeline, group, count)) / count);
    }
    for (const buffer of buffers) buffer.destroy();
    return best / 1e9;
  }

  /** Nanoseconds of `count` dispatches in one pass. */
  private async run(
    pipeline: GPUComputePipeline,
    group: GPUBindGroup,
    count: number,
  ): Promise<number> {
    const { gpu } = this.device;
    const writer = this.timestamps.writer();
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass({ timestampWrites: writer.next() });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i++) pass.dispatchWorkgroups(this.workgroups);
    pass.end();
    writer.finish(encoder);
    gpu.queue.submit([encoder.finish()]);
    const [from, to] = await writer.read();
    return Number(to - from);
  }
}
