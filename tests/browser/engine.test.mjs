// SPDX-License-Identifier: Apache-2.0
// The engine in headless Chromium, in the page's thread and in a worker, on both software adapters;
// and the page that `webllm-compile serve` shows. The bundle is written by hand, so that what fails
// here is the runtime.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { adapterNames, launchChromium } from '../support/adapters.mjs';
import { buildFolder } from '../support/paths.mjs';
import { serveFolders } from '../support/static_server.mjs';
import { tinyModel, writeTinyBundle } from '../runtime/web/tiny_bundle.mjs';

async function openPage(t, adapter, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'webllm-browser-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeTinyBundle(folder, options);
  const address = await serveFolders(t, { '/': join(buildFolder, 'runtime'), '/bundle/': folder });
  const { page, close } = await launchChromium({ adapter, seconds: 120 });
  t.after(close);
  await page.goto(`${address}blank.html`);
  return { page, address };
}

// Runs in the page: what the engine of `create` does with the tiny bundle.
async function exercise(create) {
  const runtime = await import('./runtime.js');
  const collect = async (generation) => {
    const ids = [];
    for await (const { id } of generation) ids.push(id);
    return ids;
  };
  const nameOf = async (promise) => {
    const error = await promise.then(
      () => null,
      (reason) => reason,
    );
    return error instanceof runtime[error?.name]
      ? `${error.name}: ${error.message}`
      : String(error);
  };
  const phases = new Map();
  const progress = ({ phase, loaded, total }) => phases.set(phase, [loaded, total]);
  const engine = await runtime[create]('./bundle/', { progress });
  const prompt = Array.from({ length: 19 }, (_, i) => (i * 7) % 61);

  const generation = engine.generate(prompt, { maxTokens: 100 });
  const ids = await collect(generation);
  const { generatedTokens, finishReason } = generation.result;

  const stop = new AbortController();
  const beforeStop = [];
  const stopped = await nameOf(
    (async () => {
      for await (const { id } of engine.generate([9], { signal: stop.signal })) {
        if (beforeStop.push(id) === 50) stop.abort();
      }
    })(),
  );
  for await (const { id } of engine.generate([8])) {
    beforeStop.push(id);
    break;
  }
  const afterwards = await collect(engine.generate([6], { maxTokens: 5 }));
  const logits = Array.from(await engine.logits([7, 7]));
  const overflow = await nameOf(collect(engine.generate(Array(513).fill(1))));
  const { allocatedBytes } = await engine.memory();
  await engine.close();
  const closed = await nameOf(collect(engine.generate([1])));

  const loading = new AbortController();
  const abortedLoad = await nameOf(
    runtime[create]('./bundle/', { signal: loading.signal, progress: () => loading.abort() }),
  );
  const missing = await nameOf(runtime[create]('./nothing/'));
  return {
    ids,
    generatedTokens,
    finishReason,
    stopped,
    beforeStop,
    afterwards,
    logits,
    overflow,
    closed,
    allocatedBytes,
    abortedLoad,
    missing,
    phases: Object.fromEntries(phases),
    model: engine.model.name,
  };
}

function check(got) {
  const prompt = Array.from({ length: 19 }, (_, i) => (i * 7) % 61);
  assert.deepEqual(got.ids, tinyModel.generate(prompt, 100));
  assert.equal(got.generatedTokens, 100);
  assert.equal(got.finishReason, 'length');
  assert.match(got.stopped, /^AbortedError: /);
  assert.deepEqual(got.beforeStop, [...tinyModel.generate([9], 50), tinyModel.next([8])]);
  assert.deepEqual(got.afterwards, tinyModel.generate([6], 5));
  assert.deepEqual(got.logits, Array.from(tinyModel.logits([7, 7])));
  assert.match(got.overflow, /^ContextOverflowError: 513 tokens/);
  assert.match(got.closed, /^ClosedError: /);
  assert.match(got.abortedLoad, /^AbortedError: /);
  assert.match(got.missing, /^ReadError: .*nothing\/model\.json: the server answered 404/);
  assert.ok(got.allocatedBytes > 1000);
  assert.equal(got.model, 'tiny-hash');
  assert.deepEqual(Object.keys(got.phases).sort(), ['kernels', 'library', 'weights']);
  assert.deepEqual(got.phases.weights, [256, 256]);
}

for (const adapter of adapterNames) {
  test(`an engine in a page and in a worker, Chromium on ${adapter}`, async (t) => {
    const { page } = await openPage(t, adapter);
    check(await page.evaluate(exercise, 'createEngine'));
    check(await page.evaluate(exercise, 'createWorkerEngine'));
  });
}

test('a window that slides, in a page and in a worker', async (t) => {
  const { page } = await openPage(t, 'swiftshader');
  for (const create of ['createEngine', 'createWorkerEngine']) {
    const got = await page.evaluate(async (create) => {
      const runtime = await import('./runtime.js');
      const engine = await runtime[create]('./bundle/', { slidingWindow: 256, attentionSink: 4 });
      const prompt = Array.from({ length: 300 }, (_, i) => (i * 7) % 61);
      const ids = [];
      for await (const { id } of engine.generate(prompt, { maxTokens: 400 })) ids.push(id);
      await engine.close();
      return { prompt, ids, window: engine.model.slidingWindow };
    }, create);
    assert.deepEqual(got.window, { tokens: 256, sink: 4 });
    assert.deepEqual(got.ids, tinyModel.generateSliding(got.prompt, 400));
  }
});

test('a profile, from a page and from a worker', async (t) => {
  const { page } = await openPage(t, 'swiftshader');
  for (const create of ['createEngine', 'createWorkerEngine']) {
    const { profile, text } = await page.evaluate(async (create) => {
      const runtime = await import('./runtime.js');
      const engine = await runtime[create]('./bundle/', { profile: true });
      for await (const token of engine.generate([3, 5], { maxTokens: 20 })) void token;
      const profile = await engine.profile();
      await engine.close();
      const { tableText } = await import('./profiler.js');
      return { profile, text: tableText(profile) };
    }, create);
    const kernels = profile.dispatches.map(({ site }) => profile.sites[site].kernel);
    assert.equal(kernels.filter((kernel) => kernel === 'argmax').length % 20, 0);
    assert.ok(profile.copyBytesPerSecond > 0);
    assert.match(text, /timestamps are multiples of .*\n\nkernel /s);
  }
});

test('a worker runs no further ahead than the page takes', async (t) => {
  const { page } = await openPage(t, 'swiftshader', { context: 2048 });
  const sent = await page.evaluate(async () => {
    const { createWorkerEngine } = await import('./runtime.js');
    const worker = new Worker('./worker.js', { type: 'module' });
    let tokens = 0;
    worker.addEventListener('message', ({ data }) => (tokens += data.type === 'item'));
    const engine = await createWorkerEngine('./bundle/', { worker });
    const running = engine.generate([1])[Symbol.asyncIterator]();
    for (let i = 0; i < 20; i++) await running.next();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const paused = tokens;
    let rest = 20;
    while (!(await running.next()).done) rest++;
    return { paused, rest };
  });
  assert.ok(sent.paused >= 20 && sent.paused <= 64, `${sent.paused} tokens were sent`);
  assert.equal(sent.rest, 2048);
});

test('the page says what is wrong', async (t) => {
  const { page, address } = await openPage(t, 'swiftshader');
  await page.goto(`${address}page.html`);
  await page.locator('[role=alert]:not([hidden])').waitFor({ timeout: 30_000 });
  assert.match(await page.locator('[role=alert]').textContent(), /no tokenizer/);
});

test('without WebGPU the page says so', async (t) => {
  const { page, address } = await openPage(t, 'swiftshader');
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const body = `delete Object.getPrototypeOf(navigator).gpu;${await response.text()}`;
    await route.fulfill({ response, body });
  });
  await page.goto(`${address}page.html`);
  await page.locator('[role=alert]:not([hidden])').waitFor({ timeout: 30_000 });
  assert.match(await page.locator('[role=alert]').textContent(), /this browser has no WebGPU/);
  assert.equal(await page.locator('h1').textContent(), 'This model cannot run here');
});
