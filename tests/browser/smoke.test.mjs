// SPDX-License-Identifier: Apache-2.0
// Headless Chromium runs the kernel of tests/gpu/dot_product.mjs on each software adapter.
import assert from 'node:assert/strict';
import test from 'node:test';

import { dotProduct } from '../gpu/dot_product.mjs';
import { adapterNames, launchChromium } from '../support/adapters.mjs';

const features = {
  lavapipe: ['shader-f16', 'subgroups'],
  swiftshader: ['subgroups'],
};

for (const name of adapterNames) {
  test(`Chromium on ${name}`, async (t) => {
    const { page, close } = await launchChromium({ adapter: name, seconds: 60 });
    try {
      await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
      await page.goto('http://localhost/'); // WebGPU wants a secure context
      const ran = await page.evaluate(dotProduct);
      t.diagnostic(`${ran.name}, subgroups of ${ran.subgroups}, ${ran.features.join(', ')}`);
      assert.deepEqual(ran.errors, []);
      assert.equal(ran.result, ran.expected);
      assert.deepEqual(ran.features, features[name]);
    } finally {
      await close();
    }
  });
}
