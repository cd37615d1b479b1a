// SPDX-License-Identifier: Apache-2.0
// The first command of the README does what it promises: compiled a moment ago, the model that comes
// with the project chats, writes JSON and calls a function, in headless Chromium.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';

import { buildFolder, root } from '../support/paths.mjs';

test('examples/quickstart.sh', async (t) => {
  if (buildFolder !== join(root, 'build/release')) return t.skip('it takes build/release');
  const run = promisify(execFile);
  const options = { cwd: root, timeout: 300_000, maxBuffer: 1 << 24 };
  const { stdout } = await run('sh', ['examples/quickstart.sh'], options);
  assert.match(stdout, /user: {2}What is my name\?\nmodel: Your name is Ann\.\n/);
  assert.match(stdout, /\nmodel: \{"name": "Ann", "age": 31\}\n/);
  assert.match(
    stdout,
    /\nget_weather: \{"weather":"sunny"\}\nmodel: The weather in Oslo is sunny\.\n/,
  );
  assert.match(stdout, /\n\npebble-2m: \d+ tokens at \d+ per second/);
});
