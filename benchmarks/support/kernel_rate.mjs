// SPDX-License-Identifier: Apache-2.0
// How fast a GPU copies memory, or computes, by the clock and by processor time.
//   const { wall, processor } = await measureRate(device, copyKernel); // bytes per second
//   await measureRate(device, flopKernel);                             // operations per second
import { internals } from '../../tests/runtime/web/internals.mjs';
import { fastest } from './fastest.mjs';

export const { copyKernel, flopKernel } = await internals('profile/rate_kernels.ts');

export async function measureRate(device, { code, sizes, workgroups, amount }) {
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });
  const buffers = sizes.map((size) => device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run = async () => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(workgroups);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  await run(); // the driver compiles when a pipeline is first used
  const best = await fastest(run);
  for (const buffer of buffers) buffer.destroy();
  return { wall: amount / best.wall, processor: amount / best.processor };
}
