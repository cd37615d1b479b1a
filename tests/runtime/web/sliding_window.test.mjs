// SPDX-License-Identifier: Apache-2.0
// Texts that grow longer than the window, in Node with the bundle of tiny_bundle.mjs, whose next id
// depends on each id that attention sees: which ids that are, whatever the chunks, neighbours, aborts
// and earlier turns.
import assert from 'node:assert/strict';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { openGpu } from '../../support/adapters.mjs';
import { buildFolder } from '../../support/paths.mjs';
import { temporaryFolder } from './internals.mjs';
import { seenInWindow, tinyModel, writeTinyBundle } from './tiny_bundle.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const page = 64;
const window = { slidingWindow: 260, attentionSink: 5 }; // of four pages, with one as sink
const generate = (prompt, count) => tinyModel.generateSliding(prompt, count);
const someIds = (count, seed) => Array.from({ length: count }, (_, i) => (i * i + 7 * seed) % 61);

async function openTiny(t, gpu, options = window, bundle = {}) {
  const folder = await writeTinyBundle(await temporaryFolder(t), { context: 320, ...bundle });
  const engine = await createEngine(pathToFileURL(folder), { gpu, ...options });
  t.after(() => engine.close());
  return engine;
}

async function run(engine, prompt, maxTokens, options = {}) {
  const generation = engine.generate(prompt, { maxTokens, ...options });
  const ids = [];
  for await (const { id } of generation) ids.push(id);
  return { ids, ...generation.result };
}

test('a sliding window', async (t) => {
  const gpu = openGpu('lavapipe');

  await t.test('a text goes on without end', async (t) => {
    const engine = await openTiny(t, gpu);
    assert.deepEqual(engine.model.slidingWindow, { tokens: 260, sink: 5 });
    const prompt = someIds(20, 1);
    const { ids, finishReason, promptTokens } = await run(engine, prompt, 1000);
    assert.deepEqual(ids, generate(prompt, 1000));
    assert.equal(finishReason, 'length');
    assert.equal(promptTokens, 20);
    const { allocatedBytes } = await engine.memory();
    await engine.forget();
    await run(engine, prompt, 2000);
    assert.equal(
      (await engine.memory()).allocatedBytes,
      allocatedBytes,
      'the cache stays as it is',
    );
  });

  await t.test('without a sink, and with a larger window that drops more at a time', async (t) => {
    const engine = await openTiny(t, gpu, { slidingWindow: 128, attentionSink: 0 });
    const all = someIds(100, 2);
    for (let i = 0; i < 200; i++) {
      const dropped = page * Math.ceil(Math.max(0, all.length - 128) / page);
      all.push(tinyModel.next(all.slice(dropped)));
    }
    assert.deepEqual((await run(engine, all.slice(0, 100), 200)).ids, all.slice(100));
    const wide = await openTiny(
      t,
      gpu,
      { slidingWindow: 1088, attentionSink: 64 },
      { context: 2048 },
    );
    const prompt = someIds(1090, 3); // two of the sixteen pages after the sink have gone
    const kept = [...prompt.slice(0, 64), ...prompt.slice(64 + 128)];
    assert.deepEqual(await wide.logits(prompt), tinyModel.logits(kept));
  });

  await t.test('a prompt that is longer, in chunks of any size', async (t) => {
    const engine = await openTiny(t, gpu);
    for (const length of [256, 257, 320, 321, 700]) {
      const prompt = someIds(length, length);
      for (const chunk of [1, 5, undefined]) {
        const { ids, promptTokens } = await run(engine, prompt, 3, { chunk, reusePrefix: false });
        assert.deepEqual(ids, generate(prompt, 3));
        assert.equal(promptTokens, length);
      }
      assert.deepEqual(await engine.logits(prompt), tinyModel.logits(seenInWindow(prompt)));
    }
  });

  await t.test('the next turn computes what is new, also after the window has slid', async (t) => {
    const engine = await openTiny(t, gpu);
    const history = someIds(50, 4);
    for (const count of [150, 40, 90, 200, 30]) {
      const { ids, reusedTokens } = await run(engine, history, count);
      assert.deepEqual(ids, generate(history, count));
      if (history.length > 50) assert.ok(reusedTokens >= history.length - 9, `${reusedTokens}`);
      history.push(...ids, ...someIds(7, count));
    }
    // Where an edit lies before the last slide, what was computed after it saw what is gone.
    const edited = [...history.slice(0, 100), 60, ...history.slice(101)];
    const { ids, reusedTokens } = await run(engine, edited, 5);
    assert.deepEqual(ids, generate(edited, 5));
    assert.equal(reusedTokens, 0);
    const cut = edited.slice(0, 200);
    assert.deepEqual((await run(engine, cut, 5)).ids, generate(cut, 5));
  });

  await t.test('several answers to one question share it and slide apart', async (t) => {
    const engine = await openTiny(t, gpu, window, { maxSequences: 4 });
    const prompt = someIds(500, 5);
    const runs = await Promise.all([90, 10, 150, 80].map((count) => run(engine, prompt, count)));
    runs.forEach(({ ids }) => assert.deepEqual(ids, generate(prompt, ids.length)));
    const reused = runs.map(({ reusedTokens }) => reusedTokens).sort((a, b) => a - b);
    assert.deepEqual(reused, [0, 448, 448, 448]); // whole pages of the prompt
  });

  await t.test('beside others that stop at any time', async (t) => {
    const engine = await openTiny(t, gpu, window, { maxSequences: 3 });
    const runs = Array.from({ length: 12 }, async (_, i) => {
      const prompt = someIds(1 + ((i * 97) % 400), i);
      const expected = generate(prompt, 200);
      const ids = [];
      for await (const { id } of engine.generate(prompt, { maxTokens: 200 })) {
        if (ids.push(id) === (i % 3 === 0 ? 40 + i : 200)) break;
      }
      assert.deepEqual(ids, expected.slice(0, ids.length));
    });
    await Promise.all(runs);
  });

  await t.test('what cannot be met', async (t) => {
    const rejects = (options, message) =>
      assert.rejects(openTiny(t, gpu, options), { name: 'ArgumentError', message });
    await rejects({ slidingWindow: 321 }, /slidingWindow is 321, .* up to 320/);
    await rejects({ slidingWindow: 0 }, /slidingWindow is 0/);
    await rejects({ slidingWindow: 191 }, /191 tokens has no room beside an attentionSink of 4/);
    await rejects({ slidingWindow: 192, attentionSink: 65 }, /no room/);
    await rejects({ slidingWindow: 192, attentionSink: -1 }, /attentionSink is -1/);
    await rejects({ attentionSink: 4 }, /no slidingWindow/);
    await rejects({ context: 192, slidingWindow: 192 }, /context and slidingWindow are given/);
    const engine = await openTiny(t, gpu, { context: 100 });
    await assert.rejects(engine.logits(someIds(101, 1)), { name: 'ContextOverflowError' });
  });
});
