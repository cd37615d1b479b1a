// SPDX-License-Identifier: Apache-2.0
// The GPU that a benchmark in Node is to run on, by name: one of the two in software that the tests
// use, or the machine's own.
//   const gpu = openAdapter('lavapipe'); // or 'swiftshader', 'gpu'; then options of Dawn's
import { create, globals } from 'webgpu';

import { openGpu } from '../../tests/support/adapters.mjs';

export function openAdapter(name, options = []) {
  if (name !== 'gpu') return openGpu(name, options);
  Object.assign(globalThis, globals);
  return create(options);
}
