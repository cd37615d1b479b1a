// SPDX-License-Identifier: Apache-2.0
// An application that is bundled with the npm package, in headless Chromium: worker, modules and
// profiler are found from the script that the bundler has made.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { build } from 'esbuild';
import { launchChromium } from '../support/adapters.mjs';
import { serveFolders } from '../support/static_server.mjs';
import { installPackage } from '../runtime/web/installed_package.mjs';
import { tinyModel, writeTinyBundle } from '../runtime/web/tiny_bundle.mjs';

const application = `
import { createEngine, createWorkerEngine } from 'webllm-runtime';

async function use(create) {
  const engine = await create('./bundle/', { profile: true });
  const ids = [];
  for await (const { id } of engine.generate([3, 5], { maxTokens: 20 })) ids.push(id);
  const { dispatches } = await engine.profile();
  await engine.close();
  return { ids, isTimed: dispatches.length > 0 };
}
globalThis.use = async () => [await use(createEngine), await use(createWorkerEngine)];
`;

test('esbuild, with the files of the package beside what it makes', async (t) => {
  const { project, installed } = installPackage(t);
  writeFileSync(join(project, 'main.js'), application);
  const made = join(project, 'dist');
  await build({
    entryPoints: [join(project, 'main.js')],
    bundle: true,
    format: 'esm',
    minify: true,
    outdir: made,
    logLevel: 'warning',
  });
  const beside = readdirSync(installed).filter((name) =>
    /^(worker|profiler)\.js$|\.wasm$/.test(name),
  );
  for (const name of beside) cpSync(join(installed, name), join(made, name));
  writeFileSync(join(made, 'index.html'), '<script type="module" src="./main.js"></script>');
  const bundle = join(project, 'bundle');
  await writeTinyBundle(bundle);

  const address = await serveFolders(t, { '/': made, '/bundle/': bundle });
  const { page, close } = await launchChromium({ adapter: 'swiftshader', seconds: 120 });
  t.after(close);
  await page.goto(`${address}index.html`);
  const got = await page.evaluate(() => globalThis.use());
  const expected = { ids: tinyModel.generate([3, 5], 20), isTimed: true };
  assert.deepEqual(got, [expected, expected]);
});
