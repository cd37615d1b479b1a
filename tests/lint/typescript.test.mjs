// SPDX-License-Identifier: Apache-2.0
// The runtime's TypeScript has no type error (esbuild only strips the types).
import assert from 'node:assert/strict';
import test from 'node:test';

import { complaint } from './files.mjs';

test('tsc accepts runtime/web', async () => {
  assert.equal(await complaint('npm', ['run', '--silent', 'check']), '');
});
