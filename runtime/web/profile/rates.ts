// SPDX-License-Identifier: Apache-2.0
// The two rates that bound every kernel, measured on the same device by the same timestamps: of
// memory and of arithmetic (rate_kernels.ts).
import type { OpenDevice } from '../gpu/device.ts';
import { copyKernel, flopKernel, type RateKernel } from './rate_kernels.ts';
import type { Timestamps } from './timestamps.ts';

export interface Rates {
  copyBytesPerSecond: number;
  flopsPerSecond: number;
}

const storage = 0x80; // GPUBufferUsage.STORAGE, which Node has not as a global
const wanted = 4e6; // nanoseconds: many times the coarsest ticks of browsers
const repetitions = 3;

export async function measureRates(device: OpenDevice, timestamps: Timestamps): Promise<Rates> {
  return {
    copyBytesPerSecond: await new Case(device, timestamps, copyKernel).rate(),
    flopsPerSecond: await new Case(device, timestamps, flopKernel).rate(),
  };
}

class Case {
  constructor(
    private readonly device: OpenDevice,
    private readonly timestamps: Timestamps,
    private readonly kernel: RateKernel,
  ) {}

  /** Per second, in the fastest of some dispatches. */
  async rate(): Promise<number> {
    const { gpu } = this.device;
    const module = gpu.createShaderModule({ code: this.kernel.code });
    const pipeline = await this.device.wait(
      gpu.createComputePipelineAsync({ layout: 'auto', compute: { module } }),
    );
    const buffers = await this.device.allocate('measuring rates', () =>
      this.kernel.sizes.map((size) => gpu.createBuffer({ size, usage: storage })),
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
    return this.kernel.amount / (best / 1e9);
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
    for (let i = 0; i < count; i++) pass.dispatchWorkgroups(this.kernel.workgroups);
    pass.end();
    writer.finish(encoder);
    gpu.queue.submit([encoder.finish()]);
    const [from, to] = await writer.read();
    return Number(to - from);
  }
}
