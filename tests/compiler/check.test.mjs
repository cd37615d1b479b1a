// SPDX-License-Identifier: Apache-2.0
// `webllm-compile check`, and bundles whose code is taken from another.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { requireTestData } from '../support/paths.mjs';
import { run, runJson, temporaryFolder } from './cli.mjs';

const stories = 'models/stories260K-hf';

// A copy of the model whose weights are others.
function otherWeights(model, folder) {
  const copy = join(folder, 'tuned');
  cpSync(model, copy, { recursive: true });
  const path = join(copy, 'model.safetensors');
  const bytes = readFileSync(path);
  const begin = 8 + Number(bytes.readBigUInt64LE(0));
  for (let at = begin; at < bytes.length; at += 4) bytes.writeFloatLE(-bytes.readFloatLE(at), at);
  writeFileSync(path, bytes);
  return copy;
}

test('a bundle holds what its model gives', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  await runJson([model, '-o', 'q4'], folder);
  await runJson([model, '-o', 'f32', '-q', 'q0f32'], folder);

  const alone = await runJson(['check', 'q4'], folder);
  assert.equal(alone.against, null);
  const coded = await runJson(['check', 'q4', '--against', model], folder);
  assert.equal(coded.compared.length, alone.tensors);
  for (const { name, encoding, relative_error: error, wrong } of coded.compared) {
    assert.equal(wrong, false, name);
    if (encoding === 'f32') assert.equal(error, 0, name);
    else assert.ok(error > 0 && error < 0.2, `${name}: ${error}`);
  }
  const exact = await runJson(['check', 'f32', '--against', model], folder);
  assert.ok(exact.compared.every((row) => row.relative_error === 0 && row.largest_error === 0));
  const { stdout } = await run(['check', 'q4', '--against', model], folder);
  assert.match(stdout, /tensors +\d+ in place\nagainst .*\n\n {2}tensor +encoding +error +largest/);
});

test('a bundle of other weights is found out', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const other = otherWeights(model, folder);
  await runJson([model, '-o', 'out'], folder);
  const { code, stdout, stderr } = await run(['check', 'out', '--against', other], folder);
  assert.equal(code, 1);
  assert.match(stdout, /not the model's/);
  assert.match(stderr, /holds other weights than the model, first in \S+ {2}\[values-differ\]/);
});

test('weights alone are converted for code that exists', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const other = otherWeights(model, folder);
  await runJson([model, '-o', 'first'], folder);
  await runJson([other, '-o', 'second', '--weights-only', '--library', 'first'], folder);
  const file = (bundle, name) => readFileSync(join(folder, bundle, name));
  assert.deepEqual(file('second', 'model.wasm'), file('first', 'model.wasm'));
  assert.notDeepEqual(
    readdirSync(join(folder, 'second/weights')),
    readdirSync(join(folder, 'first/weights')),
  );
  await runJson(['check', 'second', '--against', other], folder);

  const flags = ['--weights-only', '--library', 'first'];
  const refused = await run([other, '-o', 'third', '-q', 'q0f32', ...flags], folder);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /the library is \w{16}, but this model needs \w{16}/);
  assert.deepEqual(readdirSync(folder).sort(), ['first', 'second', 'tuned']);
  assert.equal((await run([other, '--weights-only'], folder)).code, 2);
});

test('what passes do can be watched', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const flags = [model, '-o', 'out', '--print-changed', '--dump-dir', 'stages'];
  const { code, stdout } = await run(flags, folder);
  assert.equal(code, 0);
  assert.match(stdout, /^\/\/ after build\ngraph /);
  assert.match(
    stdout,
    /\n\/\/ after fuse-swiglu\n(.*\n)*?- .*swiglu.*\n(.*\n)*?\+ .*linear_swiglu/,
  );
  const names = readdirSync(join(folder, 'stages')).sort();
  assert.equal(names[0], '00-build.graph');
  assert.match(names.at(-1), /^\d\d-kernels\.wgsl$/);
  const whole = await run([model, '-o', 'out', '--print-changed', 'whole'], folder);
  const last = readFileSync(join(folder, 'stages', names.at(-2)), 'utf8');
  assert.ok(whole.stdout.includes(last));
});
