// SPDX-License-Identifier: Apache-2.0
// `webllm-compile eval`: the golden ids, by the graph interpreter and by the compiled kernels.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

import { requireTestData } from '../support/paths.mjs';
import { run, runJson, temporaryFolder, writeZeroModel } from './cli.mjs';

const golden = (model) => JSON.parse(readFileSync(join(model, 'golden-greedy.json'), 'utf8'));

for (const name of ['stories260K-hf', 'stories260K-hf-bf16-2shards', 'tiny-random-llama2'])
  for (const engine of ['graph', 'kernels'])
    test(`${name} gives the golden ids with --engine ${engine}`, async (t) => {
      const model = requireTestData(t, `models/${name}`);
      if (!model) return;
      const wanted = golden(model);
      const report = await runJson(
        [
          ...['eval', model, '--engine', engine, '--logits', '--ignore-eos'],
          ...['--prompt-ids', wanted.prompt_ids.join(',')],
          ...['--max-tokens', String(wanted.greedy_ids.length)],
        ],
        temporaryFolder(t),
      );
      assert.deepEqual(report.prompt_ids, wanted.prompt_ids);
      assert.deepEqual(report.ids, wanted.greedy_ids);
      if (wanted.text) assert.equal(report.text, wanted.text);
      wanted.last_prompt_logits.forEach((logit, i) =>
        assert.ok(Math.abs(report.logits[i] - logit) < 2e-5, `logit ${i}`),
      );
    });

test('an empty prompt is the BOS token alone', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const report = await runJson(['eval', model, '--max-tokens', '5'], folder);
  assert.deepEqual(report, {
    prompt_ids: [1],
    ids: [403, 407, 261, 378, 432],
    text: 'Once upon a time,',
  });
  const { stdout } = await run(['eval', model, '--max-tokens', '5', '--prompt', ''], folder);
  assert.equal(stdout, 'Once upon a time,\n');
});

test('a text prompt goes on with its own space', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const report = await runJson(
    ['eval', model, '--prompt', 'Once upon', '--max-tokens', '3'],
    temporaryFolder(t),
  );
  assert.deepEqual(report.prompt_ids, [1, 403, 407]);
  assert.equal(report.text, ' a time,');
});

test('chunks of the prompt change nothing', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const ids = [1, ...golden(model).greedy_ids].slice(0, 129);
  for (const engine of ['graph', 'kernels'])
    for (const chunk of [1, 7, 64, 65]) {
      const report = await runJson(
        [
          ...['eval', model, '--prompt-ids', ids.join(','), '--max-tokens', '1'],
          ...['--engine', engine, '--chunk', String(chunk)],
        ],
        folder,
      );
      assert.deepEqual(report.ids, [golden(model).greedy_ids[128]], `${engine}, ${chunk}`);
    }
});

test('logits are the shortest decimals of f32', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const { stdout } = await run(
    ['eval', model, '--logits', '--max-tokens', '0', '--json'],
    temporaryFolder(t),
  );
  const { ids, logits } = JSON.parse(stdout);
  assert.deepEqual(ids, []);
  assert.equal(logits.length, 512);
  for (const decimal of stdout.match(/"logits":\[(.*)\]/)[1].split(','))
    assert.ok(decimal.replace(/[-.]|e.*/g, '').replace(/^0+/, '').length <= 9, decimal);
});

test('text ends at EOS, or at the end of the context', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const report = await runJson(
    ['eval', model, '--context', '8', '--prompt-ids', '1,403', '--max-tokens', '100'],
    folder,
  );
  assert.equal(report.ids.length, 7); // the eighth position gives one more id
});

test('a text goes on when its window slides', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const ids = [1, ...golden(model).greedy_ids].slice(0, 190);
  const evaluate = (...args) =>
    run(['eval', model, '--prompt-ids', ids.join(','), '--ignore-eos', '--json', ...args], folder);
  const window = ['--sliding-window', '200', '--attention-sink', '4', '--max-tokens', '30'];
  const reports = await Promise.all(
    ['graph', 'kernels'].map((engine) => evaluate(...window, '--engine', engine)),
  );
  const [graph, kernels] = reports.map(({ stdout }) => JSON.parse(stdout).ids);
  assert.equal(graph.length, 30);
  assert.deepEqual(graph, kernels);
  const { ids: whole } = JSON.parse((await evaluate('--max-tokens', '30')).stdout);
  assert.notDeepEqual(graph, whole);
  assert.deepEqual(graph.slice(0, 3), whole.slice(0, 3)); // nothing is dropped before 192
  for (const [sizes, pattern] of [
    [['--sliding-window', '191'], /a window of 191 tokens has no room beside a sink of 4/],
    [['--sliding-window', '577'], /a window of 576 tokens is more than the context of 512/],
  ]) {
    const { code, stderr } = await evaluate(...sizes);
    assert.equal(code, 2);
    assert.match(stderr, pattern);
  }
});

test('prompts that the model cannot take are refused', async (t) => {
  const model = requireTestData(t, 'models/stories260K-hf');
  if (!model) return;
  const folder = temporaryFolder(t);
  const cases = [
    [['--prompt-ids', '512'], /token id 512 is outside the vocabulary of 512/],
    [['--prompt-ids', '1,2,3', '--context', '2'], /the prompt has 3 tokens, the context 2/],
  ];
  for (const [args, pattern] of cases) {
    const { code, stderr } = await run(['eval', model, ...args], folder);
    assert.equal(code, 2);
    assert.match(stderr, pattern);
  }
});

test('a model without a tokenizer takes and gives token ids', async (t) => {
  const folder = temporaryFolder(t);
  writeZeroModel(join(folder, 'zero'), { hidden: 64, vocabulary: 16 });
  const { code, stderr } = await run(['eval', 'zero', '--prompt', 'Hi'], folder);
  assert.equal(code, 2);
  assert.match(stderr, /no tokenizer to read --prompt with/);
  const report = await runJson(['eval', 'zero', '--max-tokens', '2', '--logits'], folder);
  // All logits of a model of zeros are 0, and the lowest id wins.
  assert.deepEqual(report, { prompt_ids: [1], ids: [0, 0], text: null, logits: Array(16).fill(0) });
});
