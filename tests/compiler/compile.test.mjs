// SPDX-License-Identifier: Apache-2.0
// `webllm-compile model-dir`: where the bundle goes, what is printed, what stops it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { binary, requireTestData } from '../support/paths.mjs';
import { run, runJson, start, temporaryFolder, writeZeroModel } from './cli.mjs';

const stories = 'models/stories260K-hf';

test('the bundle is named after model and quantization', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { code, stdout } = await run([model], folder);
  assert.equal(code, 0);
  assert.deepEqual(readdirSync(folder), ['stories260K-hf-q4f16_1']);
  assert.match(stdout, /try it: webllm-compile serve stories260K-hf-q4f16_1\n$/);
  assert.match(stdout, /download +\d+ kB in \d+ files/);
  assert.match(stdout, /GPU memory +\S+ [kM]B at 256 tokens, \S+ [kM]B at 512 tokens/);
});

test('--json prints one value and no progress', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { code, stdout, stderr } = await run([model, '-q', 'q0f32', '--json'], folder);
  assert.equal(code, 0);
  assert.equal(stderr, '');
  const report = JSON.parse(stdout);
  assert.equal(report.bundle, 'stories260K-hf-q0f32');
  assert.equal(report.quantization, 'q0f32');
  assert.equal(report.context, 512);
  // The embedding; norm|qkv, rope|cache, attention and its merge, o, norm|gate|up, down for each of
  // five layers; the choice of the row, norm|head, the best of the best.
  assert.equal(report.dispatches_per_token, 1 + 7 * 5 + 3);
  assert.deepEqual(Object.keys(report.gpu_memory[0]), ['context', 'bytes']);
  const bytes = report.files.map(
    ({ path }) => readFileSync(join(folder, report.bundle, path)).length,
  );
  assert.deepEqual(
    report.files.map((file) => file.bytes),
    bytes,
  );
  assert.equal(
    report.bytes,
    bytes.reduce((a, b) => a + b),
  );
});

test('the same model may be compiled again, another may not take its place', async (t) => {
  const model = requireTestData(t, stories);
  const other = model && requireTestData(t, 'models/tiny-random-llama2');
  if (!other) return;
  const folder = temporaryFolder(t);
  await runJson([model, '-o', 'out'], folder);
  const first = readFileSync(join(folder, 'out/model.json'));
  await runJson([model, '-o', 'out'], folder);
  assert.deepEqual(readFileSync(join(folder, 'out/model.json')), first);
  const { code, stderr } = await run([other, '-o', 'out'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /\[output-exists\]/);
  assert.deepEqual(readFileSync(join(folder, 'out/model.json')), first);
});

test('a folder that holds something else is left alone', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'out'));
  writeFileSync(join(folder, 'out/letter.txt'), 'dear');
  const { code, stderr } = await run([model, '-o', 'out'], folder);
  assert.equal(code, 1);
  assert.match(stderr, /\[output-exists\]/);
  assert.deepEqual(readdirSync(join(folder, 'out')), ['letter.txt']);
});

test('a model without a tokenizer is compiled with a warning', async (t) => {
  const folder = temporaryFolder(t);
  writeZeroModel(join(folder, 'zero'), { hidden: 64, vocabulary: 16 });
  const { code, stderr } = await run(['zero'], folder);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^warning: .*\[tokenizer-missing\]/m);
  assert.equal(existsSync(join(folder, 'zero-q4f16_1/tokenizer.bin')), false);
  assert.equal((await runJson(['inspect', 'zero-q4f16_1'], folder)).tokenizer, false);
});

test('a bundle is not taken for a model', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { bundle } = await runJson([model], folder);
  for (const command of [[], ['eval']]) {
    const { code, stderr } = await run([...command, bundle], folder);
    assert.equal(code, 2);
    assert.match(stderr, /this is a bundle, not the model/);
  }
});

test('--context is a cap', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const report = await runJson([model, '--context', '128'], folder);
  assert.equal(report.context, 128);
  const { code, stderr } = await run([model, '--context', '4096', '--json'], folder);
  assert.equal(code, 0);
  assert.match(stderr, /--context 4096 is more than the model's 512 positions.*\[context-capped\]/);
});

test('a printed graph compiles to the same bundle', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { library } = JSON.parse(
    readFileSync(join(folder, (await runJson([model], folder)).bundle, 'model.json')),
  );
  for (const pass of ['build', 'fuse-argmax']) {
    const { stdout } = await run([model, '--stop-after', pass], folder);
    writeFileSync(join(folder, `${pass}.graph`), stdout);
    const { bundle } = await runJson([`${pass}.graph`, '--weights', model], folder);
    assert.equal(bundle, `${pass}-q4f16_1`);
    assert.equal(JSON.parse(readFileSync(join(folder, bundle, 'model.json'))).library, library);
  }
});

test('a graph that does not fit its weights is refused', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { stdout } = await run([model, '--stop-after', 'build'], folder);
  const edits = [
    ['no weights', stdout, [], 2, /\[bad-usage\]/],
    [
      'a name',
      stdout.replaceAll('model.norm.weight', 'model.nrm.weight'),
      null,
      1,
      /no tensor "model.nrm.weight"/,
    ],
    ['a shape', stdout.replace('f32[172, 64]', 'f32[128, 64]'), null, 1, /\[graph-invalid\]/],
    ['a word', stdout.replace('func forward', 'funk forward'), null, 1, /\[graph-syntax\]/],
  ];
  for (const [what, graph, args, expected, pattern] of edits) {
    writeFileSync(join(folder, 'x.graph'), graph);
    const { code, stderr } = await run(['x.graph', ...(args ?? ['--weights', model])], folder);
    assert.equal(code, expected, what);
    assert.match(stderr, pattern, what);
  }
  assert.deepEqual(readdirSync(folder), ['x.graph']);
});

test('a kernel prints as WGSL', async (t) => {
  const folder = temporaryFolder(t);
  const kernel = `kernel double workgroup(64, 1, 1) {
  read x: f32
  write y: f32
  %0 = builtin local_x
  %1 = load x, %0
  %2 = add %1, %1
  store y, %0, %2
}
`;
  writeFileSync(join(folder, 'double.kernel'), kernel);
  const { code, stdout, stderr } = await run(['double.kernel'], folder);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\/\/ double\n/);
  assert.match(stdout, /@compute @workgroup_size\(64, 1, 1\)/);
  writeFileSync(join(folder, 'double.kernel'), kernel.replace('add', 'ad'));
  const bad = await run(['double.kernel'], folder);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /\[kernel-syntax\]\n {2}--> double.kernel:6/);
});

test('--verify-each and --time-passes speak of every pass and leave nothing', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const { code, stderr } = await run(
    [model, '-o', 'out', '--verify-each', '--time-passes'],
    folder,
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(readdirSync(folder), ['out']);
  const { stdout } = await run(['--passes', 'list'], folder);
  const names = [...stdout.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name);
  assert.ok(names.length >= 6, stdout);
  for (const name of names) assert.match(stderr, new RegExp(`ms +\\S+ %  ${name}\\n`));
});

for (const signal of ['SIGINT', 'SIGTERM'])
  test(`${signal} in the middle of a conversion leaves nothing`, async (t) => {
    const folder = temporaryFolder(t);
    writeZeroModel(join(folder, 'zero'), { hidden: 1024, vocabulary: 200_000 });
    const child = start(['zero', '-o', 'out'], folder);
    const stderr = text(child.stderr);
    const ended = once(child, 'exit');
    while (readdirSync(folder).length === 1 && child.exitCode === null) await setTimeout(5);
    child.kill(signal);
    const [code] = await ended;
    assert.equal(code, 130);
    assert.match(await stderr, /^error: .*\[interrupted\]/m);
    assert.deepEqual(readdirSync(folder), ['zero']);
  });

test('usage errors have exit code 2, faults of the input 1', async (t) => {
  const folder = temporaryFolder(t);
  assert.equal((await run([], folder)).code, 2);
  assert.equal((await run(['--quantisation', 'q0f32'], folder)).code, 2);
  assert.equal((await run(['nowhere'], folder)).code, 1);
  assert.equal((await run(['--help'], folder)).code, 0);
  assert.equal((await run(['--version'], folder)).code, 0);
  assert.equal(existsSync(join(folder, 'nowhere')), false);
});

test('errors are painted on terminals only', async (t) => {
  const folder = temporaryFolder(t);
  const { stderr } = await run(['nowhere'], folder, { TERM: 'xterm' });
  assert.doesNotMatch(stderr, /\x1b/);
  assert.match(stderr, /^error: .*\[file-not-found\]/);
});

test('a reader that leaves is no bug, a full disk is an error', async (t) => {
  const model = requireTestData(t, stories);
  if (!model) return;
  const folder = temporaryFolder(t);
  const child = start([model, '--stop-after', 'plan-memory'], folder);
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  assert.equal(code, 141);
  const shell = spawn('sh', ['-c', '"$0" --help > /dev/full', binary]);
  const stderr = text(shell.stderr);
  assert.deepEqual(await once(shell, 'exit'), [1, null]);
  assert.match(await stderr, /\[file-unwritable\]/);
});
