// SPDX-License-Identifier: Apache-2.0
// How fast a GPU's memory is for a kernel: one that copies vectors of four words.
//   const { wall, processor } = await measureCopyRate(device); // bytes read and written per second
import { fastest } from './fastest.mjs';

const bytes = 64 << 20; // beyond caches, within what any device binds
const shader = `
@group(0) @binding(0) var<storage, read> source: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<u32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  copy[id.x] = source[id.x];
}`;

export async function measureCopyRate(device) {
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: shader }) },
  });
  const buffers = [0, 1].map(() =>
    device.createBuffer({ size: bytes, usage: GPUBufferUsage.STORAGE }),
  );
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const copy = async () => {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    pass.dispatchWorkgroups(bytes / 16 / 256);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  await copy(); // the driver compiles when a pipeline is first used
  const best = await fastest(copy);
  for (const buffer of buffers) buffer.destroy();
  return { wall: (2 * bytes) / best.wall, processor: (2 * bytes) / best.processor };
}
