// SPDX-License-Identifier: Apache-2.0
// 200 requests, eight at a time, of random lengths, some sampled, some bound to a schema, some broken
// off: each says what it says alone, to the last token, and nothing is left behind.
import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { openGpu } from '../../support/adapters.mjs';
import { compileFolder } from '../../support/bundles.mjs';
import { buildFolder, pebble } from '../../support/paths.mjs';
import { randomNumbers } from '../../support/random_numbers.mjs';
import { countBuffers } from './live_buffers.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);
const gpu = openGpu('lavapipe');
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

const streams = 8;
const names = ['Ann', 'Bob', 'Cyd', 'Dan', 'Eve'];
const questions = [
  (name) => `Hello, my name is ${name}.`,
  (name) => `Tell me a story with these words: ${name}, lamp`,
  (name) => `Sort: ${[...name].join(', ')}`,
  () => 'What is webllm-compile?',
  // More than a page of the cache, which answers that run side by side share.
  (name) => `Tell me a story with these words: ${'fox, lamp, '.repeat(12)}${name}`,
];
const schema = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 8 }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};
const json_schema = { name: 'person', schema };

/** {request, chunks}: how many chunks are read before it is broken off; all by default. */
function makeRequests(count, seed) {
  const below = randomNumbers(seed);
  return Array.from({ length: count }, (_, i) => {
    const content = questions[below(questions.length)](names[below(names.length)]);
    const request = {
      messages: [{ role: 'user', content }],
      max_tokens: 1 + below(24),
      ...(below(2) === 0 && { temperature: 1, top_p: 0.9, seed: i }),
      ...(below(5) === 0 && { response_format: { type: 'json_schema', json_schema } }),
    };
    return { request, chunks: below(5) === 0 ? 1 + below(6) : Infinity };
  });
}

/** The text that came, broken off by an AbortSignal after so many chunks. */
async function say(engine, { request, chunks }) {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  let text = '';
  let left = chunks;
  try {
    const stream = await engine.chat.completions.create({ ...request, stream: true }, options);
    for await (const { choices } of stream) {
      text += choices[0].delta.content ?? '';
      if (--left === 0) stop.abort();
    }
  } catch (error) {
    assert.equal(error.name, 'AbortedError');
    assert.ok(left <= 0);
  }
  return text;
}

/** The same of many, so many at a time; each as soon as another has ended. */
async function sayAll(engine, requests, atOnce) {
  const texts = [];
  let next = 0;
  const work = async () => {
    while (next < requests.length) {
      const i = next++;
      texts[i] = await say(engine, requests[i]);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return texts;
}

async function heapBytes() {
  for (let i = 0; i < 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

/** What the engine holds is after `work`, which counts its requests, what it was before. */
async function findLeaks(t, engine, buffers, work) {
  const grammars = await engine.grammars();
  const held = async () => ({
    buffers: buffers.size,
    gpuBytes: (await engine.memory()).allocatedBytes,
    modules: [engine.host, grammars.module].map((module) => module.memory.buffer.byteLength),
  });
  const before = [await held(), await heapBytes()];
  const requests = await work();
  const after = [await held(), await heapBytes()];
  assert.deepEqual(after[0], before[0]);
  // A task with its prompt, options and answer is more than a kilobyte.
  const grown = after[1] - before[1];
  t.diagnostic(`${requests} requests later the heap has ${grown} bytes more of ${before[1]}`);
  assert.ok(grown < 1024 * requests, `the heap has grown by ${grown} bytes`);
}

async function compare(t, quantization, count, rounds = 0) {
  const bundle = compileFolder(t, pebble, quantization);
  const adapter = await gpu.requestAdapter();
  const requiredFeatures = [...adapter.features].filter((name) =>
    ['shader-f16', 'subgroups'].includes(name),
  );
  const device = await adapter.requestDevice({ requiredFeatures });
  const buffers = countBuffers(device);
  const engine = await createEngine(pathToFileURL(bundle), { gpu, device });
  const requests = makeRequests(count, 7);
  const wholes = requests.map(({ request }) => ({ request, chunks: Infinity }));
  const alone = await sayAll(engine, wholes, 1);
  const check = (together) =>
    together.forEach((text, i) => {
      const { request, chunks } = requests[i];
      const wanted = chunks === Infinity ? alone[i] : alone[i].slice(0, text.length);
      assert.equal(text, wanted, `request ${i}: ${JSON.stringify(request)}`);
    });
  check(await sayAll(engine, requests, streams));
  const broken = requests.filter(({ chunks }) => chunks < Infinity).length;
  t.diagnostic(
    `${quantization}: ${count} requests, ${broken} broken off, 0 differ from those alone`,
  );

  if (rounds > 0)
    await findLeaks(t, engine, buffers, async () => {
      const some = requests.slice(0, 100);
      for (let i = 0; i < rounds; i++) check(await sayAll(engine, some, streams));
      return rounds * some.length;
    });
  await engine.close();
  assert.equal(buffers.size, 0, 'buffers are left');
  device.destroy();
}

// A row is computed in the same order whatever shares its step: in halves, too, nothing may differ.
test('q0f32', (t) => compare(t, 'q0f32', 200, 2));
test('q4f16_1', (t) => compare(t, 'q4f16_1', 60));
