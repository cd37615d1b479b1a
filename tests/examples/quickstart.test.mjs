// SPDX-License-Identifier: Apache-2.0
// The first command of the README does what it promises: compiled a moment ago, a model writes text
// in headless Chromium.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { buildFolder, requireTestData, root } from '../support/paths.mjs';

test('examples/quickstart.sh', async (t) => {
  if (buildFolder !== join(root, 'build/release')) return t.skip('it takes build/release');
  if (!requireTestData(t, 'models/stories260K-hf')) return;
  const run = promisify(execFile);
  const options = { cwd: root, timeout: 300_000, maxBuffer: 1 << 24 };
  const { stdout } = await run('sh', ['examples/quickstart.sh'], options);
  assert.match(
    stdout,
    /Once upon a time, [^]{200,}\n\nstories260K-hf: 100 tokens at \d+ per second/,
  );
});
