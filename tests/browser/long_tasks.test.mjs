// SPDX-License-Identifier: Apache-2.0
// How long the page's own thread is busy at a time while text is drawn token by token, by Chromium's
// trace: with the engine in a worker, no task of it takes 50 ms, so that the page stays smooth. With
// the engine in the page the longest task is printed. Times are of the processor, not of the clock:
// what other processes do does not count.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { launchChromium } from '../support/adapters.mjs';
import { compileFolder } from '../support/bundles.mjs';
import { buildFolder, pebble } from '../support/paths.mjs';
import { serveFolders } from '../support/static_server.mjs';

const longTask = 50; // ms, as browsers define it
const tokens = 60;

async function openEngine(t, create) {
  const bundle = compileFolder(t, pebble, 'q4f16_1');
  const address = await serveFolders(t, { '/': join(buildFolder, 'runtime'), '/pebble/': bundle });
  const { page, context, close } = await launchChromium({ adapter: 'swiftshader', seconds: 200 });
  t.after(close);
  await page.goto(`${address}blank.html`);
  await page.evaluate(async (create) => {
    const runtime = await import('./runtime.js');
    globalThis.engine = await runtime[create]('./pebble/');
  }, create);
  return { page, session: await context.newCDPSession(page) };
}

// Runs in the page: streams an answer into it; how many tokens came.
async function streamAnswer(max_tokens) {
  const stream = await globalThis.engine.chat.completions.create({
    messages: [{ role: 'user', content: 'Tell me a story with these words: cat, river' }],
    temperature: 1,
    top_p: 0.95,
    frequency_penalty: 0.1,
    seed: 1,
    max_tokens,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true },
  });
  let usage;
  for await (const chunk of stream) {
    document.body.append(chunk.choices[0]?.delta.content ?? '');
    usage = chunk.usage ?? usage;
  }
  return usage.completion_tokens;
}

/** The tasks of the page's main thread while `work` runs, in ms of processor time. */
async function traceTasks(session, work) {
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await session.send('Tracing.start', { traceConfig: { includedCategories } });
  await work();
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await complete;
  const threads = events.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const isOfPage = ({ pid, tid }) => threads.some((one) => one.pid === pid && one.tid === tid);
  return events
    .filter((event) => event.name === 'RunTask' && isOfPage(event))
    .map(({ tdur, dur }) => (tdur ?? dur) / 1000);
}

for (const [create, bound] of [
  ['createWorkerEngine', longTask],
  ['createEngine', Infinity],
]) {
  test(`tasks of the page's thread with ${create}`, async (t) => {
    const { page, session } = await openEngine(t, create);
    await page.evaluate(streamAnswer, 4); // code that runs for the first time is compiled
    let generated;
    const tasks = await traceTasks(session, async () => {
      generated = await page.evaluate(streamAnswer, tokens);
    });
    const longest = Math.max(...tasks);
    t.diagnostic(`${tasks.length} tasks for ${generated} tokens, the longest ${longest} ms`);
    assert.equal(generated, tokens);
    assert.ok(tasks.length >= 10, 'the trace has no tasks');
    assert.ok(longest <= bound, `${longest} ms`);
  });
}
