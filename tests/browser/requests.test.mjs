// SPDX-License-Identifier: Apache-2.0
// Chat completions in headless Chromium: all that Node is asked of them, by an engine in a worker.
import test from 'node:test';
import { join } from 'node:path';
import { chatSuite } from '../runtime/web/chat_suite.mjs';
import { launchChromium } from '../support/adapters.mjs';
import { compileFolder } from '../support/bundles.mjs';
import { PageEngine } from '../support/page_engine.mjs';
import { buildFolder, pebble } from '../support/paths.mjs';
import { serveFolders } from '../support/static_server.mjs';

test('chat completions in a worker of a page', async (t) => {
  const bundle = compileFolder(t, pebble, 'q0f32');
  const address = await serveFolders(t, { '/': join(buildFolder, 'runtime'), '/pebble/': bundle });
  const { page, close } = await launchChromium({ adapter: 'swiftshader', seconds: 400 });
  t.after(close);
  await page.goto(`${address}blank.html`);
  await chatSuite(t, await PageEngine.open(page, 'createWorkerEngine', './pebble/'));
});
