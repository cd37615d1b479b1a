// SPDX-License-Identifier: Apache-2.0
// WebLLM's names: the engine in this thread, and the one that answers over a channel as from a worker.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { openGpu } from '../../support/adapters.mjs';
import { compileFolder } from '../../support/bundles.mjs';
import { buildFolder, pebble, root } from '../../support/paths.mjs';
import { internals } from './internals.mjs';

const webllm = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const gpu = openGpu('lavapipe');
const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
const greeting = 'Nice to meet you, Ann!';

function appConfig(t) {
  const model = compileFolder(t, pebble, 'q0f32');
  const record = { model: pathToFileURL(model).href };
  return {
    model_list: [
      { ...record, model_id: 'a' },
      { ...record, model_id: 'b', overrides: { max_tokens: 3 } },
    ],
  };
}

test('an engine of one or more models', async (t) => {
  const reports = [];
  const engine = await webllm.CreateMLCEngine('a', {
    gpu,
    appConfig: appConfig(t),
    initProgressCallback: (report) => reports.push(report),
  });
  t.after(() => engine.unload());

  await t.test('loading reports progress from 0 to 1', () => {
    const values = reports.map(({ progress }) => progress);
    assert.deepEqual(
      values,
      values.toSorted((x, y) => x - y),
    );
    const last = reports.at(-1);
    assert.equal(last.progress, 1);
    assert.equal(last.phase, 'ready');
    assert.match(last.text, /^Finish loading a/);
    const weights = reports.findLast(({ phase }) => phase === 'weights');
    assert.ok(weights.bytes === weights.total && weights.total > 1e6);
  });

  await t.test('chat, its text so far and its speed', async () => {
    const { model, choices } = await engine.chat.completions.create({ messages });
    assert.equal(model, 'a');
    assert.equal(choices[0].message.content, greeting);
    assert.equal(await engine.getMessage(), greeting);
    const text = await engine.runtimeStatsText();
    assert.match(text, /^prefill: [1-9][\d.]* tokens\/sec, decoding: [1-9][\d.]* tokens\/sec$/);
    assert.ok((await engine.getMaxStorageBufferBindingSize()) >= 2 ** 27);
    assert.equal(typeof (await engine.getGPUVendor()), 'string');
  });

  await t.test('interruptGenerate ends an answer, resetChat forgets it', async () => {
    const stream = await engine.chatCompletion({ messages, stream: true, ignore_eos: true });
    let reason;
    let chunks = 0;
    for await (const { choices } of stream) {
      if (++chunks === 4) await engine.interruptGenerate();
      reason = choices[0].finish_reason ?? reason;
    }
    assert.equal(reason, 'abort');
    await engine.resetChat();
    const { usage } = await engine.chatCompletion({ messages });
    assert.equal(usage.prompt_tokens_details.cached_tokens, 0);
  });

  await t.test('tokens forwarded one by one are those of a completion', async () => {
    await engine.resetChat();
    const prompt = [1, 35, 82, 40, 41, 42];
    let next = await engine.forwardTokensAndSample(prompt, true);
    const ids = [next];
    for (let i = 0; i < 4; i++) {
      next = await engine.forwardTokensAndSample([next], false);
      ids.push(next);
    }
    const request = { prompt, max_tokens: 5, ignore_eos: true, logprobs: 0 };
    const text = await engine.completions.create(request);
    const again = await engine.completions.create({
      ...request,
      prompt: [...prompt, ...ids.slice(0, 4)],
      max_tokens: 1,
    });
    assert.equal(text.choices[0].logprobs.tokens[4], again.choices[0].logprobs.tokens[0]);
  });

  await t.test('a logit processor sees and changes logits', async () => {
    const seen = [];
    let resets = 0;
    const processor = {
      processLogits: (logits) => {
        logits.fill(-100);
        logits[65] = 1;
        return logits;
      },
      processSampledToken: (id) => seen.push(id),
      resetState: () => resets++,
    };
    engine.setLogitProcessorRegistry(new Map([['a', processor]]));
    const { usage } = await engine.chatCompletion({ messages, max_tokens: 3 });
    assert.equal(usage.completion_tokens, 3);
    assert.deepEqual(seen, [65, 65, 65]);
    await engine.resetChat();
    assert.equal(resets, 1);
    engine.setLogitProcessorRegistry(new Map());
    assert.equal((await engine.chatCompletion({ messages })).choices[0].message.content, greeting);
  });

  await t.test('two models, and errors that tell them apart', async () => {
    await engine.reload(['a', 'b'], [{ context_window_size: 64 }, {}]);
    await assert.rejects(engine.chatCompletion({ messages }), { name: 'UnclearModelError' });
    await assert.rejects(engine.chatCompletion({ messages, model: 'c' }), {
      name: 'ModelNotLoadedError',
      message: /loaded are a, b/,
    });
    const [a, b] = await Promise.all(
      ['a', 'b'].map((model) => engine.chatCompletion({ messages, model })),
    );
    assert.equal(a.choices[0].message.content, greeting);
    assert.equal(b.usage.completion_tokens, 3);
    const long = [{ role: 'user', content: 'word '.repeat(60) }];
    await assert.rejects(engine.chatCompletion({ messages: long, model: 'a' }), {
      name: 'ContextOverflowError',
    });
    await assert.rejects(engine.reload('c'), { name: 'ModelNotFoundError', message: /a, b/ });
    await assert.rejects(engine.chatCompletion({ messages }), { name: 'ModelNotLoadedError' });
    await assert.rejects(engine.reload('a', { conv_template: 'x' }), {
      name: 'ArgumentError',
      message: /conv_template is not supported/,
    });
  });

  await t.test('a sliding window, under its names there', async () => {
    const window = { sliding_window_size: 192, attention_sink_size: 4, context_window_size: -1 };
    await engine.reload('a', window);
    const long = [{ role: 'user', content: 'word '.repeat(400) }];
    const { choices, usage } = await engine.chatCompletion({ messages: long, max_tokens: 70 });
    assert.ok(usage.prompt_tokens > 192);
    long.push(choices[0].message, { role: 'user', content: 'And then?' });
    const next = await engine.chatCompletion({ messages: long, max_tokens: 5 });
    const { cached_tokens: cached } = next.usage.prompt_tokens_details;
    assert.ok(cached >= usage.prompt_tokens, `${cached} of ${next.usage.prompt_tokens}`);
    await assert.rejects(engine.reload('a', { ...window, context_window_size: 192 }), {
      name: 'ArgumentError',
      message: /context and slidingWindow are given/,
    });
  });

  await t.test('unload stops a reload', async () => {
    const loading = assert.rejects(engine.reload('a'), { name: 'AbortedError' });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await engine.unload();
    await loading;
    await engine.reload('a');
    assert.equal((await engine.chatCompletion({ messages })).choices[0].message.content, greeting);
  });
});

test('an engine at the other end of a channel, which is lost and found again', async (t) => {
  const { RemoteMLCEngine, Connection } = await internals(
    'webllm/remote_engine.ts',
    'worker/connection.ts',
  );
  let handler;
  const connection = new Connection((request) =>
    handler.onmessage({ data: structuredClone(request) }),
  );
  const restart = () => {
    handler = new webllm.WebWorkerMLCEngineHandler({
      gpu,
      runtimeWasm: pathToFileURL(join(buildFolder, 'runtime/runtime.wasm')),
    });
    handler.setPostMessage((response) =>
      queueMicrotask(() => connection.receive(structuredClone(response))),
    );
  };
  restart();
  t.after(() => handler.engine.unload());
  const reports = [];
  const engine = new RemoteMLCEngine(connection, {
    appConfig: appConfig(t),
    initProgressCallback: ({ progress }) => reports.push(progress),
  });
  await assert.rejects(engine.chatCompletion({ messages }), { name: 'ModelNotLoadedError' });
  await engine.reload('a');
  assert.equal(reports.at(-1), 1);
  const { choices } = await engine.chat.completions.create({ messages });
  assert.equal(choices[0].message.content, greeting);
  assert.equal(await engine.getMessage(), greeting);

  const stream = await engine.chatCompletion({ messages, stream: true });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0].delta.content ?? '';
  assert.equal(text, greeting);

  for await (const _ of await engine.chatCompletion({ messages, stream: true })) break;
  await assert.rejects(engine.chatCompletion({ messages, temperature: -1 }), (error) => {
    assert.equal(error.name, 'RequestError');
    assert.match(error.message, /temperature is -1/);
    return true;
  });
  const stop = new AbortController();
  const aborted = engine.chatCompletion({ messages, ignore_eos: true }, { signal: stop.signal });
  queueMicrotask(() => stop.abort());
  await assert.rejects(aborted, { name: 'AbortedError' });

  await handler.engine.unload();
  restart(); // as the browser does with a service worker: nothing is loaded there
  const again = await engine.chat.completions.create({ messages });
  assert.equal(again.choices[0].message.content, greeting);
});

test('each name of WebLLM has its line in the table, and each field', async () => {
  const table = await readFile(join(root, 'runtime/web/README.md'), 'utf8');
  const types = await readFile(join(root, 'tests/runtime/web/types/webllm_surface.ts'), 'utf8');
  const names = [...types.matchAll(/^ {2}(?:\| '(\w+)'|ours\.(\w+),)$/gm)].map(
    ([, a, b]) => a ?? b,
  );
  assert.ok(names.length > 70, `${names.length} names`);
  const fields = [...types.matchAll(/^interface (?:Sampling|ChatRequest|TextRequest)\b[^]*?^}/gm)]
    .flatMap(([body]) => [...body.matchAll(/^ {2}(\w+):/gm)])
    .map(([, field]) => field)
    .filter((field) => !['prompt', 'echo', 'model', 'extra_body'].includes(field));
  const rows = table.split('\n').filter((line) => line.startsWith('|'));
  const quoted = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, text]) => text));
  const listed = new Set(quoted.flatMap((text) => text.match(/\w+/g)));
  assert.deepEqual(
    [...names, ...fields].filter((name) => !listed.has(name)),
    [],
  );
});

test('the APIs as classes, and the checks of requests', async (t) => {
  const engine = new webllm.MLCEngine({ gpu, appConfig: appConfig(t) });
  await engine.reload('a');
  t.after(() => engine.unload());
  const { choices } = await new webllm.Chat(engine).completions.create({ messages });
  assert.equal(choices[0].message.content, greeting);
  const text = await new webllm.Completions(engine).create({ prompt: 'Once', max_tokens: 3 });
  assert.equal(text.usage.completion_tokens, 3);
  await assert.rejects(new webllm.Embeddings(engine).create({ input: 'a' }), {
    name: 'UnsupportedModelError',
  });
  webllm.postInitAndCheckFieldsChatCompletion({ messages }, 'a', webllm.ModelType.LLM);
  for (const check of [
    () => webllm.postInitAndCheckFieldsChatCompletion({ messages, foo: 1 }),
    () => webllm.postInitAndCheckFieldsCompletion({ prompt: 'a', suffix: 'b' }),
    () => webllm.postInitAndCheckFieldsEmbedding({ input: {} }),
  ]) {
    assert.throws(check, { name: 'RequestError' });
  }
});
