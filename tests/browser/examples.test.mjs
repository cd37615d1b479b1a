// SPDX-License-Identifier: Apache-2.0
// The pages of examples/ in headless Chromium, as a user has them: the chat by keyboard alone, with
// the network cut and with what goes wrong; the small ones; the extension.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test from 'node:test';
import { serveExamples } from '../../examples/serve.mjs';
import { launchChromium } from '../support/adapters.mjs';
import { compileFolder } from '../support/bundles.mjs';
import { buildFolder, pebble, root } from '../support/paths.mjs';

const greeting = 'Nice to meet you, Ann!';
const patience = { timeout: 90_000 };

async function openExamples(t) {
  const made = compileFolder(t, pebble, 'q4f16_1');
  const runtime = join(buildFolder, 'runtime');
  const { address, stop } = await serveExamples({ bundles: { 'pebble-2m': made }, runtime });
  t.after(stop);
  const { page, context, close } = await launchChromium({ adapter: 'swiftshader', seconds: 400 });
  t.after(close);
  return { page, context, address, stop };
}

/** The chat page when its model is loaded. */
async function openChat(page, address) {
  await page.goto(`${address}chat/`);
  await page.waitForSelector('#empty:not([hidden])', patience);
}

const lastAnswer = (page) => page.locator('article.assistant .text').last();
const written = (page) => page.waitForSelector('#halt', { state: 'hidden', ...patience });

/** Presses Tab until the element with this accessible name has the focus. */
async function tabTo(page, name, key = 'Tab') {
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press(key);
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const label = await focused.evaluate(
      (one) => one.ariaLabel ?? one.labels?.[0]?.textContent ?? one.textContent,
    );
    if (label.trim().startsWith(name)) return;
  }
  assert.fail(`${name} cannot be reached by ${key}`);
}

/** What a screen reader is told of everything that can be reached: a role and a name. */
async function namelessControls(page, context) {
  const session = await context.newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const focusable = nodes.filter(
    ({ ignored, properties = [] }) =>
      !ignored && properties.some(({ name, value }) => name === 'focusable' && value.value),
  );
  assert.ok(focusable.length > 5);
  const roles = [
    'button',
    'combobox',
    'textbox',
    'radio',
    'link',
    'DisclosureTriangle',
    'spinbutton',
  ];
  return focusable
    .filter(({ role, name }) => roles.includes(role.value) && !name.value)
    .map(({ role }) => role.value);
}

async function byKeyboard({ page, context, address }, t) {
  await openChat(page, address);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  assert.equal(await page.locator(':focus').getAttribute('id'), 'input');
  assert.deepEqual(await namelessControls(page, context), []);

  await t.test('asks, and shows what it cost', async () => {
    await page.keyboard.type('Hello, my name is Ann.');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      (text) => document.querySelector('article.assistant .text')?.textContent === text,
      greeting,
      patience,
    );
    await written(page);
    const figures = page.locator('#figures');
    await page.waitForFunction(() =>
      document.getElementById('figures').textContent.includes('token'),
    );
    assert.match(
      await figures.textContent(),
      /^[\d.]+ tokens\/s · first in [\d.]+ s · \d+ of 512 · [\d.]+ MB/,
    );
    assert.equal(await page.locator(':focus').getAttribute('id'), 'input');
  });

  await t.test('edits a message', async () => {
    await tabTo(page, 'Edit', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Hello, my name is Bob.');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => document.querySelector('article.assistant .text')?.textContent.includes('Bob!'),
      null,
      patience,
    );
    await written(page);
    assert.equal(await page.locator('article').count(), 2);
  });

  await t.test('stops, and asks again', async () => {
    await page.keyboard.type('Tell me a story with these words: fox, lamp');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => [...document.querySelectorAll('article.assistant .text')].at(-1).textContent.length > 8,
      null,
      patience,
    );
    await page.keyboard.press('Escape');
    await page.waitForSelector('article:last-child .note', patience);
    assert.equal(await page.locator('article:last-child .note').textContent(), 'Stopped.');
    const cut = await lastAnswer(page).textContent();
    await tabTo(page, 'Answer again', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await written(page);
    const whole = await lastAnswer(page).textContent();
    assert.ok(whole.length > cut.length && !(await page.locator('.note').count()), whole);
  });

  await t.test('JSON and functions', async () => {
    await tabTo(page, 'New chat', 'Shift+Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('article').count(), 0);
    await tabTo(page, 'Chat');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, 'Message', 'Shift+Tab');
    await page.keyboard.type('Ann is 31 and lives in Oslo.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('article.assistant pre', patience);
    await written(page);
    const value = JSON.parse(await page.locator('article.assistant pre code').textContent());
    assert.deepEqual(value, { name: 'Ann', age: 31, city: 'Oslo' });

    await tabTo(page, 'New chat', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await tabTo(page, 'A function is called');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      () => document.querySelector('article:last-child .text')?.textContent.includes('sunny'),
      null,
      patience,
    );
    await written(page);
    assert.match(await page.locator('.call').textContent(), /get_weather\(.*Oslo.*\).*sunny/);
  });

  await t.test('settings and colours', async () => {
    await tabTo(page, 'Dark colours', 'Shift+Tab');
    await page.keyboard.press('Enter');
    assert.equal(await page.locator('#theme').getAttribute('aria-pressed'), 'true');
    await tabTo(page, 'Settings');
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('#dialog').evaluate((dialog) => dialog.open));
    assert.deepEqual(await namelessControls(page, context), []);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator(':focus').getAttribute('id'), 'settings');
  });
  assert.deepEqual(errors, []);
}

test('examples/chat', async (t) => {
  const site = await openExamples(t);
  const { page, context, address, stop } = site;
  await t.test('by keyboard alone', (t) => byKeyboard(site, t));

  await t.test('a phone’s width holds it', async () => {
    await page.setViewportSize({ width: 320, height: 560 });
    const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
    assert.ok(!(scrollWidth > clientWidth));
    const outside = await page.evaluate(
      () =>
        [...document.querySelectorAll('button, select, textarea, article')]
          .map((one) => one.getBoundingClientRect())
          .filter(({ right, left, width }) => width > 0 && (right > innerWidth || left < 0)).length,
    );
    assert.equal(outside, 0);
  });

  await t.test('what cannot be loaded is said', async () => {
    const other = await context.newPage();
    await other.goto(`${address}chat/?model=../nothing/`);
    await other.waitForSelector('#failure:not([hidden])', patience);
    assert.match(await other.locator('#failure-text').textContent(), /404/);
    await other.close();
  });

  await t.test('a lost device is said, and the model comes back', async () => {
    await page.setViewportSize({ width: 900, height: 700 });
    await page.click('#new');
    await page.check('[name=mode][value=chat]', { force: true });
    // In the next step that the engine's worker computes.
    await page.workers()[0].evaluate(() => {
      const { createCommandEncoder } = GPUDevice.prototype;
      GPUDevice.prototype.createCommandEncoder = function (...given) {
        GPUDevice.prototype.createCommandEncoder = createCommandEncoder;
        this.destroy();
        return createCommandEncoder.apply(this, given);
      };
    });
    await page.fill('#input', 'Tell me a story with these words: fox, lamp');
    await page.keyboard.press('Enter');
    await page.waitForSelector('article .note.wrong', patience);
    await page.waitForSelector('#loading', { state: 'hidden', ...patience });
    await page.click('[aria-label="Answer again"]');
    await page.waitForFunction(
      () => document.querySelector('article:last-child .text')?.textContent.includes('fox'),
      null,
      patience,
    );
    await written(page);
  });

  await t.test('works without a network', async () => {
    await page.waitForFunction(async () => {
      const kept = await (await caches.open('chat')).keys();
      return navigator.serviceWorker.controller && kept.length >= 15;
    });
    stop();
    await context.setOffline(true);
    await page.reload();
    await page.waitForSelector('#log:not([hidden])', patience);
    assert.match(await lastAnswer(page).textContent(), /fox/, 'the conversation is there');
    await page.click('#new');
    await page.waitForSelector('#empty:not([hidden])');
    await page.click('.idea');
    await page.waitForFunction(
      (text) => document.querySelector('article.assistant .text')?.textContent === text,
      greeting,
      patience,
    );
    await page.click('#new');
    await page.click('.idea:nth-child(3)'); // wants grammar.wasm
    await page.waitForSelector('article.assistant pre', patience);
    await written(page);
  });
});

test('the small examples', async (t) => {
  const { page, context, address } = await openExamples(t);
  const shows = (text) =>
    page.waitForFunction((text) => document.body.textContent.includes(text), text, patience);

  await t.test('json-schema', async () => {
    await page.goto(`${address}json-schema/`);
    await page.click('button');
    await shows('"age": 31');
  });
  await t.test('tools', async () => {
    await page.goto(`${address}tools/`);
    await page.click('button');
    await shows('The weather in Oslo is sunny.');
  });
  await t.test('chat-service-worker, also after a reload', async () => {
    await page.goto(`${address}chat-service-worker/`);
    for (const state of ['Finish loading', 'loaded already']) {
      await shows(state);
      await page.click('button');
      await shows(greeting);
      await page.reload();
    }
  });
  await t.test('cdn', async () => {
    const cdn = 'https://cdn.jsdelivr.net/npm/webllm-runtime@0.1/';
    await context.route(`${cdn}**`, (route) =>
      route.fulfill({
        path: join(buildFolder, 'runtime', basename(new URL(route.request().url()).pathname)),
        headers: { 'access-control-allow-origin': '*' },
      }),
    );
    await page.goto(`${address}cdn/`);
    await shows('Long ago, a fox');
    const ids = await page.evaluate(async (address) => {
      const { createWorkerEngine } = await import(address);
      const engine = await createWorkerEngine('../models/pebble-2m/');
      return Array.from(await engine.tokenize('Hi'));
    }, `${cdn}runtime.js`);
    assert.ok(ids.length > 0, 'an engine in a worker');
  });
});

test('examples/extension', async (t) => {
  const made = compileFolder(t, pebble, 'q4f16_1');
  const folder = mkdtempSync(join(tmpdir(), 'webllm-extension-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  execFileSync('node', [join(root, 'examples/extension/pack.mjs'), made, folder], {
    env: { ...process.env, WEBLLM_BUILD: buildFolder },
  });
  assert.equal(JSON.parse(readFileSync(join(folder, 'manifest.json'))).manifest_version, 3);
  const { page, context, close } = await launchChromium({
    adapter: 'swiftshader',
    seconds: 200,
    extension: folder,
  });
  t.after(close);
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
  await page.goto(worker.url().replace('background.js', 'popup.html'));
  for (const state of ['first', 'again']) {
    await page.waitForSelector('#message:enabled', patience);
    await page.fill('#message', 'Hello, my name is Ann.');
    await page.keyboard.press('Enter');
    await page.waitForFunction(
      (text) => document.getElementById('text').textContent === text,
      greeting,
      patience,
    );
    if (state === 'first') await page.reload();
  }
});
