// SPDX-License-Identifier: Apache-2.0
// Conversions that are killed, or that the disk has no room for.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { binary } from '../support/paths.mjs';
import { runJson, start, temporaryFolder, writeZeroModel } from './cli.mjs';

const flags = ['model', '-q', 'q0f32', '-o', 'out', '--threads', '1'];

// A model of several segments, which takes a while to write.
function temporaryModel(t) {
  const folder = temporaryFolder(t);
  writeZeroModel(join(folder, 'model'), { hidden: 2048, vocabulary: 40000 });
  return folder;
}

const linesOf = (path) => {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};

test('a conversion that was killed goes on, and nothing of it is seen before', async (t) => {
  const folder = temporaryModel(t);
  const child = start(flags, folder);
  const exit = once(child, 'exit');
  while (linesOf(join(folder, '.out.partial/.journal')) < 3 && child.exitCode === null)
    await setTimeout(2);
  child.kill('SIGKILL');
  await exit;
  assert.deepEqual(readdirSync(folder).sort(), ['.out.partial', 'model']);

  const { resumed_segments: resumed, files } = await runJson(flags, folder);
  assert.ok(resumed >= 2, `${resumed} segments`);
  assert.deepEqual(readdirSync(folder).sort(), ['model', 'out']);
  assert.ok(!readdirSync(join(folder, 'out')).includes('.journal'));

  const undisturbed = await runJson(flags.with(4, 'again'), folder);
  assert.equal(undisturbed.resumed_segments, 0);
  assert.deepEqual(undisturbed.files, files);
  const manifest = (name) => readFileSync(join(folder, name, 'model.json'), 'utf8');
  assert.equal(manifest('out'), manifest('again'));
});

test('two processes do not write one bundle at the same time', async (t) => {
  const folder = temporaryModel(t);
  const first = start(flags, folder);
  const exit = once(first, 'exit');
  while (linesOf(join(folder, '.out.partial/.journal')) < 1 && first.exitCode === null)
    await setTimeout(2);
  await assert.rejects(runJson(flags, folder), /another process is writing this bundle/);
  first.kill('SIGINT');
  await exit;
});

test('a file size limit leaves nothing and says how much was needed', async (t) => {
  const folder = temporaryModel(t);
  const script = 'ulimit -f 2000; exec "$0" "$@"'; // in blocks of 512 or 1024 bytes
  const child = spawn('sh', ['-c', script, binary, ...flags], { cwd: folder });
  const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 1);
  assert.match(errors, /\d{8} bytes are more than the file size limit allows {2}\[disk-full\]/);
  assert.deepEqual(readdirSync(folder), ['model']);
});
