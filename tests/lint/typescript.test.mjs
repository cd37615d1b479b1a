// SPDX-License-Identifier: Apache-2.0
// The runtime's TypeScript has no type error (esbuild only strips the types).
import test from 'node:test';

import { complaint, nothing } from './files.mjs';

test('tsc accepts runtime/web', async () => {
  nothing(await complaint('npm', ['run', '--silent', 'check']));
});
