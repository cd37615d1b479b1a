// SPDX-License-Identifier: Apache-2.0
// OpenAI's API on the model of examples/models: shapes, streaming, sampling, stop strings, JSON, tools,
// reuse of earlier turns, aborts, and many requests at once.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { openGpu } from '../../support/adapters.mjs';
import { compileFolder } from '../../support/bundles.mjs';
import { buildFolder, pebble } from '../../support/paths.mjs';
import { chatSuite, user } from './chat_suite.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const gpu = openGpu('lavapipe');

async function openPebble(t, quantization = 'q0f32') {
  const bundle = compileFolder(t, pebble, quantization);
  const engine = await createEngine(pathToFileURL(bundle), { gpu });
  t.after(() => engine.close());
  return engine;
}

test('chat completions', async (t) => chatSuite(t, await openPebble(t)));

test('n answers compute their question once', async (t) => {
  const engine = await openPebble(t);
  const rows = [];
  const { submit } = engine.queue;
  engine.queue.submit = function (step) {
    rows.push(...step.parts.map((part) => part.rows));
    return submit.call(this, step);
  };
  const messages = user(`Tell me a story with these words: ${'fox, lamp, '.repeat(40)}cat`);
  const request = { messages, temperature: 1, seed: 3, max_tokens: 12 };
  const several = await engine.chat.completions.create({ ...request, n: 4 });
  const { prompt_tokens } = several.usage;
  assert.ok(prompt_tokens > 2 * 64);
  // The others take its whole pages, and compute what is on the last one.
  const ofPrompts = rows.filter((count) => count > 1).reduce((sum, count) => sum + count, 0);
  const last = prompt_tokens - 64 * Math.floor((prompt_tokens - 1) / 64);
  assert.equal(ofPrompts, prompt_tokens + (last > 1 ? 3 * last : 0));

  // They say what they say alone, where nothing is shared.
  await engine.forget();
  const alone = await engine.chat.completions.create(request);
  assert.equal(alone.choices[0].message.content, several.choices[0].message.content);
  // Pages that several held are not written when one of them goes on elsewhere.
  const other = user(`${messages[0].content.slice(0, -3)}dog`);
  await Promise.all(
    [messages, other, messages, other].map(async (messages, i) => {
      const same = await engine.chat.completions.create({ ...request, messages });
      if (i % 2 === 0) assert.deepEqual(same.choices[0].message, alone.choices[0].message);
    }),
  );
});

test('requests that ask for what there is not', async (t) => {
  const engine = await openPebble(t, 'q4f16_1');
  for (const [fields, param, message] of [
    [{ foo: 1 }, 'foo', /foo is not a field/],
    [{ temperature: -1 }, 'temperature', /is -1, wanted a number of 0 or more/],
    [{ top_logprobs: 21, logprobs: true }, 'top_logprobs', /from 0 to 20/],
    [{ top_logprobs: 2 }, 'top_logprobs', /logprobs is not true/],
    [{ stream_options: {} }, 'stream_options', /stream is not true/],
    [{ n: 0 }, 'n', /wanted a whole number from 1/],
    [{ messages: [] }, 'messages', /0 items/],
    [{ messages: [{ role: 'bard' }] }, 'messages[0].role', /one of "system"/],
    [{ messages: user([{ type: 'image_url' }]) }, 'messages[0].content[0]', /text only/],
    [{ messages: [{ role: 'tool', content: '' }] }, 'messages[0].tool_call_id', /missing/],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools[0].function.name', /missing/],
    [{ tool_choice: 'maybe' }, 'tool_choice', /maybe/],
    [{ response_format: { type: 'xml' } }, 'response_format.type', /one of "text"/],
    [{ logit_bias: { 5000: 1 } }, 'logit_bias', /5000/],
    [{ store: true }, 'store', /nothing is stored/],
    [{ extra_body: { a: 1 } }, 'extra_body.a', /not a field/],
  ]) {
    const request = { messages: user('Hi'), ...fields };
    const error = await engine.chat.completions.create(request).catch((reason) => reason);
    assert.equal(error.name, 'RequestError', JSON.stringify(fields));
    assert.equal(error.param, param);
    assert.match(error.message, message);
  }
  const allowed = { user: 'me', store: false, metadata: { a: 'b' }, seed: null, n: null };
  await engine.chat.completions.create({ messages: user('Hi'), max_tokens: 1, ...allowed });
  await assert.rejects(engine.embeddings.create({ input: 'text' }), {
    name: 'UnsupportedModelError',
    message: /makes no embeddings/,
  });
});

test('text completions', async (t) => {
  const engine = await openPebble(t);
  const complete = (request) => engine.completions.create(request);
  const prompt = '<|im_start|>user\nHello.<|im_end|>\n<|im_start|>assistant\n';
  const { object, choices, usage } = await complete({ prompt, max_tokens: 30 });
  assert.equal(object, 'text_completion');
  assert.equal(choices[0].finish_reason, 'stop');
  assert.ok(usage.completion_tokens > 1);
  const { text } = choices[0];
  const echoed = await complete({ prompt: 'Hello', echo: true, max_tokens: 3 });
  assert.match(echoed.choices[0].text, /^Hello/);
  const ids = Array.from(await engine.tokenize(prompt));
  const several = await complete({ prompt: [ids, ids], max_tokens: 30, n: 2 });
  assert.deepEqual(
    several.choices.map((choice) => choice.text),
    [text, text, text, text],
  );
  assert.equal(several.usage.prompt_tokens, 2 * ids.length);
  let streamed = '';
  const stream = await complete({ prompt, max_tokens: 30, stream: true, logprobs: 2 });
  const tokens = [];
  for await (const chunk of stream) {
    streamed += chunk.choices[0].text;
    tokens.push(...(chunk.choices[0].logprobs?.tokens ?? []));
  }
  assert.equal(streamed, text);
  assert.equal(tokens.join(''), text);
  assert.equal((await complete({ prompt })).usage.completion_tokens <= 16, true);
});
