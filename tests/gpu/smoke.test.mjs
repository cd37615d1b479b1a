// SPDX-License-Identifier: Apache-2.0
// Dawn runs one kernel on each software adapter, and each has the features the other tests count
// on.
import assert from 'node:assert/strict';
import test from 'node:test';

import { adapterNames, openGpu } from '../support/adapters.mjs';

import { dotProduct } from './dot_product.mjs';

const features = {
  lavapipe: ['shader-f16', 'subgroups'],
  swiftshader: ['subgroups'],
};

for (const name of adapterNames) {
  test(`Dawn on ${name}`, async (t) => {
    const ran = await dotProduct(openGpu(name));
    t.diagnostic(`${ran.name}, subgroups of ${ran.subgroups}, ${ran.features.join(', ')}`);
    assert.deepEqual(ran.errors, []);
    assert.equal(ran.result, ran.expected);
    assert.deepEqual(ran.features, features[name]);
  });
}
