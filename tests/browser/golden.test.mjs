// SPDX-License-Identifier: Apache-2.0
// Compiled models in headless Chromium on both software adapters, in the page's thread and in a
// worker: the golden ids; and the page that `webllm-compile serve` shows.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { adapterNames, launchChromium } from '../support/adapters.mjs';
import { compileModel, evaluate, golden } from '../support/bundles.mjs';
import { buildFolder, root } from '../support/paths.mjs';
import { serveFolders } from '../support/static_server.mjs';

const stories = 'models/stories260K-hf';
const models = {
  stories,
  bf16: 'models/stories260K-hf-bf16-2shards',
  random: 'models/tiny-random-llama2',
};

// Runs in the page.
async function generate({ create, bundle, prompt, maxTokens, ignoreEos }) {
  const runtime = await import('./runtime.js');
  const engine = await runtime[create](`./${bundle}/`);
  const generation = engine.generate(prompt, { maxTokens, ignoreEos });
  const ids = [];
  let text = '';
  for await (const token of generation) {
    ids.push(token.id);
    text += token.text;
  }
  const variants = engine.model.kernelVariants;
  await engine.close();
  return { ids, text, variants };
}

for (const adapter of adapterNames) {
  test(`Chromium on ${adapter}`, async (t) => {
    const folders = { '/': join(buildFolder, 'runtime') };
    for (const [name, model] of Object.entries(models)) {
      const bundle = compileModel(t, model, 'q0f32');
      if (!bundle) return;
      folders[`/${name}/`] = bundle;
    }
    folders['/bundle/'] = compileModel(t, stories, 'q4f16_1');
    folders['/halves/'] = compileModel(t, stories, 'q0f16');
    folders['/own/'] = folders['/'];
    folders['/own/bundle/'] = folders['/bundle/'];
    folders['/own/page.html'] = join(root, 'examples/page.html');
    const address = await serveFolders(t, folders);
    const { page, close } = await launchChromium({ adapter });
    t.after(close);
    await page.goto(`${address}blank.html`);

    for (const create of ['createEngine', 'createWorkerEngine']) {
      for (const [bundle, model] of Object.entries(models)) {
        await t.test(`${create}: golden ids of ${model}`, async (t) => {
          const { prompt, ids } = golden(t, model);
          const options = { create, bundle, prompt, maxTokens: ids.length, ignoreEos: true };
          assert.deepEqual((await page.evaluate(generate, options)).ids, ids);
        });
      }
      await t.test(`${create}: q0f16, with all variants that there are: golden ids`, async (t) => {
        const { prompt, ids } = golden(t, stories);
        const options = { create, bundle: 'halves', prompt, maxTokens: 64, ignoreEos: true };
        const got = await page.evaluate(generate, options);
        const names = got.variants.map(({ variant }) => variant).join(' ');
        assert.match(names, /_subgroups/);
        assert.equal(/_f16(_subgroups)?( |$)/.test(names), adapter === 'lavapipe', names);
        assert.deepEqual(got.ids, ids.slice(0, 64));
      });
      await t.test(`${create}: q4f16_1 says what eval says`, async (t) => {
        const limit = ['--prompt', 'Once', '--max-tokens', '60'];
        const { ids, text } = evaluate(t, stories, 'q4f16_1', limit);
        const options = { create, bundle: 'bundle', prompt: 'Once', maxTokens: 60 };
        const got = await page.evaluate(generate, options);
        assert.deepEqual({ ids: got.ids, text: got.text }, { ids, text });
      });
    }

    await t.test('the page writes what was asked for, and stops', async () => {
      await page.goto(`${address}page.html`);
      await page.getByRole('button', { name: 'Generate' }).click({ timeout: 60_000 });
      const text = page.locator('output');
      await page.waitForFunction(() => document.querySelector('output').textContent.length > 100);
      assert.match(await text.textContent(), /^Once upon a time, /);
      const stop = page.getByRole('button', { name: 'Stop' });
      if (await stop.isEnabled()) await stop.click();
      await page.waitForFunction(() => document.getElementById('stop').disabled);
      assert.match(await page.locator('#rate').textContent(), /^\d+ tokens, [\d.]+ per second$/);
      assert.ok(await page.locator('[role=alert]').isHidden());
    });

    await t.test('examples/page.html', async () => {
      await page.goto(`${address}own/page.html`);
      const state = page.locator('#state', { hasText: /^\d+ tokens$/ });
      await state.waitFor({ timeout: 60_000 });
      assert.match(await page.locator('#story').textContent(), /^Once upon a time, /);
    });
  });
}
