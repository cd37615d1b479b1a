// SPDX-License-Identifier: Apache-2.0
// The two GPUs that every machine has, both in software: Mesa's lavapipe (shader-f16, subgroups of
// 8) and the SwiftShader that Chromium carries (f32 only, subgroups of 4). Each is reached from
// Node through Dawn and from a page in headless Chromium:
//
//   for (const name of adapterNames) {
//     const gpu = openGpu(name); // keep it: Dawn ends when it is collected
//     const { page, close } = await launchChromium({ adapter: name });
//   }
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { create, globals } from 'webgpu';

import { root } from './paths.mjs';

const installedChromium = '/usr/lib/chromium';
const adapters = {
  lavapipe: {
    driver: '/usr/share/vulkan/icd.d/lvp_icd.json',
    chromium: join(root, 'build/chromium-lavapipe'), // see tests/browser/make_lavapipe_chromium.sh
  },
  swiftshader: {
    driver: join(installedChromium, 'vk_swiftshader_icd.json'),
    chromium: installedChromium,
  },
};

export const adapterNames = Object.keys(adapters);

// What a child process needs in its environment to find only this adapter.
export function environmentFor(name) {
  const driver = driverFile(name);
  return { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver };
}

function driverFile(name) {
  const stem = adapters[name].driver.replace(/\.json$/, '');
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[process.arch];
  const found = [`${stem}.json`, `${stem}.${arch}.json`].find(existsSync);
  if (!found) throw new Error(`${name}: no Vulkan driver at ${stem}.json; run tests/install.sh`);
  return found;
}

// Dawn's navigator.gpu on this adapter; the constants (GPUBufferUsage, ...) become globals. Options
// are Dawn's own.
export function openGpu(name, options = []) {
  Object.assign(globalThis, globals);
  Object.assign(process.env, environmentFor(name)); // read by Vulkan when the instance is created
  return create(['backend=vulkan', ...options]);
}

const chromiumSwitches = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader', // also lavapipe, which stands in for it
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
];

// A headless browser with an empty profile: {context, page, close}. It is closed after `seconds` in
// any case, so that a page that hangs fails its test instead of outliving it. `extension` is a folder.
export async function launchChromium({ adapter, seconds = 240, switches = [], extension }) {
  const program = join(adapters[adapter].chromium, 'chromium');
  if (!existsSync(program)) throw new Error(`${adapter}: no Chromium at ${program}; build first`);
  const profile = await mkdtemp(join(tmpdir(), 'webllm-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: program,
    args: [
      ...chromiumSwitches,
      ...switches,
      ...(extension ? [`--load-extension=${extension}`] : []),
    ],
    ...(extension && { ignoreDefaultArgs: ['--disable-extensions'] }),
    timeout: 60_000,
  });
  let closing;
  const close = () => (closing ??= context.close().then(() => removeProfile(profile)));
  const timer = setTimeout(close, seconds * 1000);
  context.on('close', () => clearTimeout(timer));
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`[page] ${message.text()}`);
  });
  page.on('pageerror', (error) => console.error(`[page] ${error}`));
  return { context, page, close };
}

const removeProfile = (folder) => rm(folder, { recursive: true, force: true, maxRetries: 5 });
