// SPDX-License-Identifier: Apache-2.0
// Counts what is asked of WebGPU, at the API itself. Self-contained, so that it can be sent to a page.
//   const counts = countCalls(device);
//   ...
//   counts.createBindGroup   // since then
//   counts.readBytes         // bytes mapped for reading
//   counts.writtenBytes      // bytes that went through writeBuffer
//   counts.mapsInFlight      // the most readings that were awaited at once
export function countCalls(device) {
  const counts = { readBytes: 0, writtenBytes: 0, mapsInFlight: 0 };
  let maps = 0;
  const watch = (object, name, note = () => {}) => {
    const prototype = Object.getPrototypeOf(object);
    const original = prototype[name];
    counts[name] = 0;
    prototype[name] = function (...args) {
      counts[name]++;
      const result = original.apply(this, args);
      note(args, result);
      return result;
    };
  };
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(device))) {
    if (name.startsWith('create')) watch(device, name);
  }
  watch(device.queue, 'submit');
  watch(device.queue, 'writeBuffer', ([, , data, offset = 0, size]) => {
    const width = data.BYTES_PER_ELEMENT ?? 1;
    counts.writtenBytes += size === undefined ? data.byteLength - offset * width : size * width;
  });
  const encoder = device.createCommandEncoder();
  for (const name of ['beginComputePass', 'copyBufferToBuffer']) watch(encoder, name);
  const pass = encoder.beginComputePass();
  for (const name of ['setPipeline', 'setBindGroup', 'dispatchWorkgroups']) watch(pass, name);
  pass.end();
  const buffer = device.createBuffer({ size: 16, usage: 1 });
  const mapped = () => maps--;
  watch(buffer, 'mapAsync', ([, offset = 0, size = Infinity], result) => {
    counts.readBytes += size - offset;
    counts.mapsInFlight = Math.max(counts.mapsInFlight, ++maps);
    result.then(mapped, mapped);
  });
  buffer.destroy();
  counts.reset = () => {
    for (const name of Object.keys(counts)) if (name !== 'reset') counts[name] = 0;
  };
  counts.reset();
  return counts;
}
