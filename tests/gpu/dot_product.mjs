// SPDX-License-Identifier: Apache-2.0
// One kernel written by hand, the first thing to try on a new adapter: a dot product that reads f16
// and adds across subgroups where the adapter can. Self-contained, so that it can be sent to a
// page.
export async function dotProduct(gpu) {
  const adapter = await (gpu ?? navigator.gpu).requestAdapter();
  if (!adapter) throw new Error('no WebGPU adapter');
  const has = (feature) => adapter.features.has(feature);
  const features = ['shader-f16', 'subgroups'].filter(has);
  const device = await adapter.requestDevice({ requiredFeatures: features });
  const errors = [];
  device.addEventListener('uncapturederror', (event) => errors.push(event.error.message));

  const scalar = has('shader-f16') ? 'f16' : 'f32';
  const code = `
    ${has('shader-f16') ? 'enable f16;' : ''}
    ${has('subgroups') ? 'enable subgroups;' : ''}
    @group(0) @binding(0) var<storage, read> x: array<f32, 1024>;
    @group(0) @binding(1) var<storage, read_write> total: array<f32, 1>;
    var<workgroup> partial: array<f32, 64>;
    @compute @workgroup_size(64)
    fn main(@builtin(local_invocation_index) lane: u32) {
      var sum = 0.0;
      for (var i = lane; i < 1024u; i += 64u) { sum += f32(${scalar}(x[i]) * ${scalar}(2.0)); }
      ${has('subgroups') ? 'sum = subgroupAdd(sum) / subgroupAdd(1.0);' : ''}
      partial[lane] = sum;
      workgroupBarrier();
      if (lane == 0u) {
        var all = 0.0;
        for (var i = 0u; i < 64u; i++) { all += partial[i]; }
        total[0] = all;
      }
    }`;
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }) },
  });

  const x = Float32Array.from({ length: 1024 }, (_, i) => i % 7); // exact in f16, and so is the sum
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const input = device.createBuffer({ size: x.byteLength, usage: STORAGE | COPY_DST });
  const output = device.createBuffer({ size: 4, usage: STORAGE | COPY_SRC });
  const readback = device.createBuffer({ size: 4, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(input, 0, x);
  const entries = [input, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(1);
  pass.end();
  encoder.copyBufferToBuffer(output, 0, readback, 0, 4);
  device.queue.submit([encoder.finish()]);

  await readback.mapAsync(1);
  const [result] = new Float32Array(readback.getMappedRange().slice(0));
  device.destroy();
  const { vendor, architecture, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
  const expected = x.reduce((sum, value) => sum + 2 * value, 0);
  return {
    result,
    expected,
    errors,
    features,
    subgroups: `${subgroupMinSize}..${subgroupMaxSize}`,
    name: [vendor, architecture, description].filter(Boolean).join(' '),
  };
}
