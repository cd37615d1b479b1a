// SPDX-License-Identifier: Apache-2.0
// The runtime's TypeScript has no type error (esbuild only strips the types); applications written for
// WebLLM or with OpenAI's types compile against it.
import test from 'node:test';

import { complaint, nothing } from './files.mjs';

test('tsc accepts runtime/web and its users', async () => {
  nothing(await complaint('npm', ['run', '--silent', 'check']));
});
