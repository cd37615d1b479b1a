// SPDX-License-Identifier: Apache-2.0
// The buffers of a device that live: made, and not destroyed.
//   const buffers = countBuffers(device);
//   ...
//   assert.equal(buffers.size, 0);
export function countBuffers(device) {
  const alive = new Set();
  const create = device.createBuffer;
  device.createBuffer = (descriptor) => {
    const buffer = create.call(device, descriptor);
    alive.add(buffer);
    const destroy = buffer.destroy;
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy.call(buffer);
    };
    return buffer;
  };
  return alive;
}
