// SPDX-License-Identifier: Apache-2.0
// Tokens that kernels draw, through the API: they are those that the processor's sampler draws from
// the same logits, little of them is read back, and steps do not wait for each other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { openGpu } from '../../support/adapters.mjs';
import { compileFolder } from '../../support/bundles.mjs';
import { buildFolder, pebble } from '../../support/paths.mjs';
import { countCalls } from './count_calls.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const messages = [{ role: 'user', content: 'Tell me a story with these words: cat, river' }];
const schema = { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] };
const json = { response_format: { type: 'json_schema', json_schema: { name: 'a', schema } } };

// Sees logits, and so has the processor choose from them.
const onlooker = {
  processLogits: (logits) => logits,
  processSampledToken() {},
  resetState() {},
};

const gpu = openGpu('lavapipe');
let engine;
let sliding;
let counts;
test.before(async (t) => {
  const bundle = compileFolder(t, pebble, 'q4f16_1');
  const device = await (await gpu.requestAdapter()).requestDevice();
  counts = countCalls(device);
  engine = await createEngine(pathToFileURL(bundle), { device });
  sliding = await createEngine(pathToFileURL(bundle), { gpu, slidingWindow: 192 });
});
test.after(() => Promise.all([engine.close(), sliding.close()]));

const chat = (fields) =>
  engine.chat.completions.create({ messages, max_tokens: 24, seed: 7, ...fields });

const settings = {
  'temperature 1': { temperature: 1 },
  'temperature 0.4': { temperature: 0.4 },
  'temperature 2': { temperature: 2, top_p: 1 },
  top_p: { temperature: 1, top_p: 0.8 },
  top_k: { temperature: 1.5, top_k: 12 },
  'top_k and top_p': { temperature: 1.5, top_k: 40, top_p: 0.9 },
  min_p: { temperature: 1.5, min_p: 0.1 },
  penalties: { temperature: 1, repetition_penalty: 1.2, frequency_penalty: 0.5 },
  'penalties without chance': { temperature: 0, frequency_penalty: 1.5, presence_penalty: 0.5 },
  bias: { temperature: 1, logit_bias: { 30: 5, 31: 4.5, 40: -100 } },
  min_tokens: { temperature: 0, min_tokens: 15, messages: [{ role: 'user', content: 'Hello.' }] },
  logprobs: { temperature: 1, logprobs: true, top_logprobs: 20 },
  'logprobs of the chosen one': { temperature: 0, logprobs: true },
  'a schema': { temperature: 1, logprobs: true, ...json },
  'two choices': { temperature: 1, n: 2 },
};

for (const [name, fields] of Object.entries(settings)) {
  test(`${name}: as the processor draws`, async () => {
    engine.logitProcessor = onlooker;
    const expected = await chat(fields);
    engine.logitProcessor = undefined;
    const found = await chat(fields);
    assert.deepEqual(
      found.choices.map((choice) => choice.message.content),
      expected.choices.map((choice) => choice.message.content),
    );
    found.choices.forEach(({ logprobs, finish_reason }, i) => {
      assert.equal(finish_reason, expected.choices[i].finish_reason);
      logprobs?.content.forEach((token, at) => {
        const other = expected.choices[i].logprobs.content[at];
        assert.equal(token.top_logprobs.length, other.top_logprobs.length);
        for (const [a, b] of [
          [token, other],
          ...token.top_logprobs.map((top, j) => [top, other.top_logprobs[j]]),
        ]) {
          assert.equal(a.token, b.token);
          assert.ok(Math.abs(a.logprob - b.logprob) < 1e-4, `${a.logprob}, not ${b.logprob}`);
        }
      });
    });
  });
}

test('when the window slides: as the processor draws', async () => {
  const fields = { messages, max_tokens: 200, seed: 7, ignore_eos: true };
  const request = { ...fields, ...settings.penalties, ...settings['two choices'] };
  sliding.logitProcessor = onlooker;
  const expected = await sliding.chat.completions.create(request);
  sliding.logitProcessor = undefined;
  const { choices, usage } = await sliding.chat.completions.create(request);
  assert.equal(usage.completion_tokens, 2 * 200);
  assert.ok(usage.prompt_tokens + 200 > 192);
  choices.forEach(({ message }, i) => {
    assert.equal(message.content, expected.choices[i].message.content);
  });
});

async function count(fields) {
  await chat(fields); // what is made once
  counts.reset();
  const { usage } = await chat({ ...fields, ignore_eos: true });
  return usage.completion_tokens;
}

for (const [name, bytes] of [
  ['temperature 1', 4],
  ['top_k and top_p', 4],
  ['penalties', 4],
  ['logprobs', 168],
]) {
  test(`${name}: little comes back, and no step waits for it`, async (t) => {
    const tokens = await count(settings[name]);
    const perToken = counts.readBytes / tokens;
    t.diagnostic(`${perToken.toFixed(1)} bytes per token, ${counts.mapsInFlight} steps in flight`);
    assert.equal(tokens, 24);
    // Of each step that was in flight at the end, one more is read; and a word of the prompt's step.
    assert.ok(counts.readBytes <= bytes * (tokens + 4) + 4);
    assert.ok(perToken <= 1024);
    assert.ok(counts.mapsInFlight >= 2);
    assert.equal(counts.createBuffer + counts.createBindGroup + counts.createComputePipeline, 0);
  });
}

test('what a schema forces is computed in one step, and not asked for', async (t) => {
  const properties = {
    temperature_in_celsius: { type: 'integer' },
    is_raining: { type: 'boolean' },
  };
  const required = Object.keys(properties);
  const long = { type: 'object', properties, required, additionalProperties: false };
  const format = { type: 'json_schema', json_schema: { name: 'a', schema: long } };
  const request = { messages, max_tokens: 100, seed: 7, temperature: 1, response_format: format };
  const ask = (more) => engine.chat.completions.create({ ...request, ...more });
  for (const more of [{}, { typical_p: 0.99 }]) {
    const { choices } = await ask(more);
    counts.reset();
    const again = await ask(more);
    const { content } = again.choices[0].message;
    assert.equal(content, choices[0].message.content);
    assert.deepEqual(Object.keys(JSON.parse(content)), required);
    const tokens = again.usage.completion_tokens;
    t.diagnostic(`${tokens} tokens in ${counts.mapAsync} steps`);
    assert.ok(counts.mapAsync < tokens / 2);
    const cut = await ask({ ...more, max_tokens: 5 });
    assert.equal(cut.usage.completion_tokens, 5);
    assert.ok(content.startsWith(cut.choices[0].message.content));
    const stopped = await ask({ ...more, stop: 'ature' });
    assert.equal(stopped.choices[0].message.content, content.slice(0, content.indexOf('ature')));
    const { completion_tokens: shown } = stopped.usage;
    assert.ok(shown < tokens / 2, `${shown} of ${tokens} tokens were taken`);
  }
  // Where each token has its probability, each is asked for.
  counts.reset();
  const { usage } = await ask({ logprobs: true });
  assert.ok(counts.mapAsync >= usage.completion_tokens);
});

test('with a schema, the forward pass is submitted before the mask is written', async (t) => {
  const { queue } = engine.device;
  const log = [];
  for (const name of ['submit', 'writeBuffer']) {
    const original = queue[name].bind(queue);
    queue[name] = (...args) => {
      // The mask is the only thing that is written that far into a buffer.
      if (name === 'submit' || args[1] >= 64) log.push(name);
      return original(...args);
    };
    t.after(() => delete queue[name]);
  }
  counts.reset();
  await chat({ temperature: 1, ...json });
  const text = log.join(' ');
  const steps = text.match(/submit writeBuffer submit/g) ?? [];
  assert.ok(counts.mapAsync > 5 && steps.length >= counts.mapAsync - 1, text);
});
