// SPDX-License-Identifier: Apache-2.0
// Makes a folder that Chrome loads as an extension (chrome://extensions, "Load unpacked"):
//   node examples/extension/pack.mjs BUNDLE FOLDER
import { cp, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const runtime = resolve(here, '../..', process.env.WEBLLM_BUILD ?? 'build/release', 'runtime');
const [bundle, folder] = process.argv.slice(2);

await mkdir(join(folder, 'runtime'), { recursive: true });
for (const file of ['manifest.json', 'background.js', 'popup.html', 'popup.js']) {
  await cp(join(here, file), join(folder, file));
}
for (const file of ['runtime.js', 'worker.js', 'runtime.wasm', 'grammar.wasm']) {
  await cp(join(runtime, file), join(folder, 'runtime', file));
}
await cp(bundle, join(folder, 'model'), { recursive: true });
