// SPDX-License-Identifier: Apache-2.0
// Counts what is asked of WebGPU, at the API itself. Self-contained, so that it can be sent to a page.
//   const counts = countCalls(device);
//   ...
//   counts.createBindGroup   // since then; counts.readBytes: bytes mapped for reading
export function countCalls(device) {
  const counts = { readBytes: 0 };
  const watch = (object, name, note = () => {}) => {
    const prototype = Object.getPrototypeOf(object);
    const original = prototype[name];
    counts[name] = 0;
    prototype[name] = function (...args) {
      counts[name]++;
      note(args);
      return original.apply(this, args);
    };
  };
  for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(device))) {
    if (name.startsWith('create')) watch(device, name);
  }
  watch(device.queue, 'submit');
  watch(device.queue, 'writeBuffer');
  const buffer = device.createBuffer({ size: 16, usage: 1 });
  watch(
    buffer,
    'mapAsync',
    ([, offset = 0, size = Infinity]) => (counts.readBytes += size - offset),
  );
  buffer.destroy();
  counts.createBuffer = 0;
  counts.reset = () => {
    for (const name of Object.keys(counts)) if (name !== 'reset') counts[name] = 0;
  };
  return counts;
}
