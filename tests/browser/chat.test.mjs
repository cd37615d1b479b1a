// SPDX-License-Identifier: Apache-2.0
// The model of examples/models in headless Chromium, by WebLLM's names: in the page, in a worker and in
// a service worker, with what is kept on the device and with what goes wrong.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { launchChromium } from '../support/adapters.mjs';
import { compileFolder } from '../support/bundles.mjs';
import { buildFolder, pebble } from '../support/paths.mjs';
import { serveFolders } from '../support/static_server.mjs';

const greeting = 'Nice to meet you, Ann!';

const workerScript = `
  import { WebWorkerMLCEngineHandler } from './runtime.js';
  const handler = new WebWorkerMLCEngineHandler();
  self.onmessage = (message) => handler.onmessage(message);`;
const serviceWorkerScript = `
  import { ServiceWorkerMLCEngineHandler } from './runtime.js';
  new ServiceWorkerMLCEngineHandler();
  self.addEventListener('install', () => self.skipWaiting());
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));`;

async function openSite(t) {
  const bundle = compileFolder(t, pebble, 'q4f16_1');
  const exact = compileFolder(t, pebble, 'q0f32');
  const scripts = await mkdtemp(join(tmpdir(), 'webllm-scripts-'));
  t.after(() => rm(scripts, { recursive: true, force: true }));
  await writeFile(join(scripts, 'mlc_worker.js'), workerScript);
  await writeFile(join(scripts, 'service_worker.js'), serviceWorkerScript);
  const address = await serveFolders(t, {
    '/': join(buildFolder, 'runtime'),
    '/mlc_worker.js': join(scripts, 'mlc_worker.js'),
    '/service_worker.js': join(scripts, 'service_worker.js'),
    '/pebble/': bundle,
    '/exact/': exact,
  });
  const { page, context, close } = await launchChromium({
    adapter: 'swiftshader',
    seconds: 500,
    switches: ['--js-flags=--expose-gc'],
  });
  t.after(close);
  await page.goto(`${address}blank.html`);
  return { page, context, address };
}

// Runs in the page: a chat, streamed and not, by an engine made by `create`.
async function chat(create) {
  const webllm = await import('./runtime.js');
  const reports = [];
  const config = { initProgressCallback: (report) => reports.push(report) };
  const worker = () => new Worker('./mlc_worker.js', { type: 'module' });
  const engine =
    create === 'page'
      ? await webllm.CreateMLCEngine('./pebble/', config)
      : create === 'worker'
        ? await webllm.CreateWebWorkerMLCEngine(worker(), './pebble/', config)
        : await webllm.CreateServiceWorkerMLCEngine('./pebble/', config, undefined, 500);
  globalThis.engine = engine;
  const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
  const whole = await engine.chat.completions.create({ messages });
  let streamed = '';
  for await (const chunk of await engine.chatCompletion({ messages, stream: true })) {
    streamed += chunk.choices[0].delta.content ?? '';
  }
  const stop = new AbortController();
  const endless = await engine.chatCompletion(
    { messages, stream: true, ignore_eos: true },
    { signal: stop.signal },
  );
  let aborted;
  try {
    let chunks = 0;
    for await (const _ of endless) if (++chunks === 4) stop.abort();
  } catch (error) {
    aborted = error.name;
  }
  const schema = {
    type: 'object',
    properties: { a: { enum: [1, 2] } },
    required: ['a'],
    additionalProperties: false,
  };
  const response_format = { type: 'json_object', schema: JSON.stringify(schema) };
  const json = await engine.chatCompletion({ messages, response_format });
  return {
    text: whole.choices[0].message.content,
    streamed,
    aborted,
    json: json.choices[0].message.content,
    progress: reports.map(({ progress }) => progress),
  };
}

function check({ text, streamed, aborted, json, progress }) {
  assert.equal(text, greeting);
  assert.equal(streamed, greeting);
  assert.equal(aborted, 'AbortedError');
  assert.match(json, /^\{\s*"a"\s*:\s*[12]\s*\}$/);
  assert.equal(progress.at(-1), 1);
}

// Runs in the page: one question to an engine of its own, which is garbage as soon as it is closed:
// Chromium must not hang for that (runtime/web/gpu/device.ts).
async function ask(options = {}) {
  const webllm = await import('./runtime.js');
  const failures = [];
  const cacheFailed = (error) => failures.push(`${error.name}: ${error.message}`);
  const engine = await webllm.createEngine('./pebble/', { cacheFailed, ...options });
  const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
  const { choices } = await engine.chat.completions.create({ messages });
  await engine.close();
  await globalThis.gc({ type: 'major', execution: 'async' });
  return { text: choices[0].message.content, failures };
}

// Runs in the page: loads, and stops when a phase is first reported.
async function stopLoading() {
  const { createWorkerEngine } = await import('./runtime.js');
  const ends = [];
  for (const wanted of ['library', 'weights', 'kernels']) {
    const stop = new AbortController();
    const progress = ({ phase }) => phase === wanted && stop.abort();
    const loading = createWorkerEngine('./pebble/', { signal: stop.signal, progress });
    const end = await loading.then(
      () => 'loaded',
      (error) => error.name,
    );
    ends.push(end);
  }
  return ends;
}

// Runs in the page: unload is WebLLM's way to stop a reload.
async function stopReload() {
  const { MLCEngine } = await import('./runtime.js');
  const engine = new MLCEngine({
    initProgressCallback: ({ phase }) => phase === 'weights' && engine.unload(),
  });
  return engine.reload('./pebble/').then(
    () => 'loaded',
    (error) => error.name,
  );
}

// Runs in the page: two models answer at the same time.
async function askTwo() {
  const { CreateMLCEngine } = await import('./runtime.js');
  const models = ['./pebble/', './exact/'];
  const engine = await CreateMLCEngine(models);
  const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
  const say = async (model) =>
    (await engine.chatCompletion({ messages, model })).choices[0].message.content;
  const texts = await Promise.all([...models, models[0]].map(say));
  const [unclear, unknown] = await Promise.all(
    [undefined, './other/'].map((model) =>
      say(model).catch((error) => `${error.name}: ${error.message}`),
    ),
  );
  await engine.unload();
  return { texts, unclear, unknown };
}

test('page, worker, service worker, cache', async (t) => {
  const { page, context, address } = await openSite(t);

  for (const create of ['page', 'worker']) {
    await t.test(`chat in a ${create}`, async () => check(await page.evaluate(chat, create)));
  }

  await t.test('loading is stopped in each of its phases, and begins anew', async () => {
    const ends = await page.evaluate(stopLoading);
    assert.deepEqual(ends, ['AbortedError', 'AbortedError', 'AbortedError']);
    assert.equal(await page.evaluate(stopReload), 'AbortedError');
    assert.equal((await page.evaluate(ask)).text, greeting);
  });

  await t.test('two models in one engine', async () => {
    const { texts, unclear, unknown } = await page.evaluate(askTwo);
    assert.deepEqual(texts, [greeting, greeting, greeting]);
    assert.match(unclear, /^UnclearModelError: .*pebble/);
    assert.match(unknown, /^ModelNotLoadedError: /);
  });

  await t.test('a model is loaded without the network, and healed', async () => {
    const inCache = () =>
      page.evaluate(async () => (await import('./runtime.js')).hasModelInCache('./pebble/'));
    assert.ok(await inCache());
    const requests = [];
    const cut = (route) => {
      requests.push(route.request().url());
      return route.abort();
    };
    await page.route('**/pebble/**', cut);
    assert.equal((await page.evaluate(ask)).text, greeting);
    assert.ok(requests.every((url) => url.endsWith('model.json')));

    await page.evaluate(async () => {
      const top = await navigator.storage.getDirectory();
      const folder = await (
        await top.getDirectoryHandle('webllm-compile')
      ).getDirectoryHandle('files');
      let spoilt = 0;
      for await (const file of folder.values()) {
        const bytes = new Uint8Array(await (await file.getFile()).arrayBuffer());
        const writable = await file.createWritable();
        if (spoilt++ % 2) bytes[bytes.length >> 1] ^= 1;
        await writable.write(spoilt % 2 ? bytes : bytes.subarray(0, bytes.length >> 1));
        await writable.close();
      }
    });
    const failed = await page.evaluate(ask).catch((error) => error.message);
    assert.match(failed, /cannot be read/);
    await page.unroute('**/pebble/**', cut);
    assert.equal((await page.evaluate(ask)).text, greeting);
    await page.route('**/pebble/**', cut);
    assert.equal((await page.evaluate(ask)).text, greeting);
    await page.evaluate(async () =>
      (await import('./runtime.js')).deleteModelAllInfoInCache('./pebble/'),
    );
    assert.equal(await inCache(), false);
    await page.unroute('**/pebble/**', cut);
  });

  await t.test('the Cache API serves as well', async () => {
    assert.equal((await page.evaluate(ask, { cache: 'cache' })).text, greeting);
    const cut = (route) => route.abort();
    await page.route('**/pebble/**', cut);
    assert.equal((await page.evaluate(ask, { cache: 'cache' })).text, greeting);
    await page.unroute('**/pebble/**', cut);
    await page.evaluate(() => caches.delete('webllm-compile'));
  });

  await t.test('a spent quota is named and does not stop loading', async () => {
    const session = await context.newCDPSession(page);
    const origin = new URL(address).origin;
    await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 100_000 });
    const { text, failures } = await page.evaluate(ask);
    assert.equal(text, greeting);
    assert.match(failures.join('\n'), /^StorageError: \d+ bytes of files\/\w+ cannot be kept/m);
    await session.send('Storage.overrideQuotaForOrigin', { origin });
  });

  await t.test('a lost device is an error, and another engine works', async () => {
    const names = await page.evaluate(async () => {
      const webllm = await import('./runtime.js');
      const engine = await webllm.createEngine('./pebble/');
      const messages = [{ role: 'user', content: 'Hello.' }];
      const running = engine.chat.completions.create({ messages, ignore_eos: true });
      setTimeout(() => engine.device.destroy(), 20);
      const name = (promise) =>
        promise.then(
          () => 'none',
          (error) => error.name,
        );
      return [await name(running), await name(engine.chat.completions.create({ messages }))];
    });
    assert.deepEqual(names, ['DeviceLostError', 'DeviceLostError']);
    assert.equal((await page.evaluate(ask)).text, greeting);
  });

  await t.test('a service worker, for two tabs, ended by the browser and back', async () => {
    await page.evaluate(async () => {
      await navigator.serviceWorker.register('./service_worker.js', { type: 'module' });
      await navigator.serviceWorker.ready;
    });
    check(await page.evaluate(chat, 'service worker'));
    const second = await context.newPage();
    await second.goto(`${address}blank.html`);
    const shared = await second.evaluate(chat, 'service worker');
    check(shared);
    assert.deepEqual(shared.progress, [1], 'the model was loaded already');
    await second.close();

    const session = await context.newCDPSession(page);
    await session.send('ServiceWorker.enable');
    await session.send('ServiceWorker.stopAllWorkers');
    const again = await page.evaluate(async () => {
      const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
      const answer = await globalThis.engine.chatCompletion({ messages });
      return answer.choices[0].message.content;
    });
    assert.equal(again, greeting);
  });
});
