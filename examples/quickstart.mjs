// SPDX-License-Identifier: Apache-2.0
// Serves a bundle and lets a page in headless Chromium generate text with it, on WebGPU:
//   node examples/quickstart.mjs BUNDLE PROMPT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [bundle, prompt] = process.argv.slice(2);

// The address that `serve` prints: http://127.0.0.1:PORT/
const server = spawn('build/release/webllm-compile', ['serve', bundle, '--port', '0']);
server.stderr.pipe(process.stderr);
const address = await new Promise((found, failed) => {
  createInterface(server.stdout).on('line', (line) => {
    const url = line.match(/http:\/\/\S+/);
    if (url) found(url[0]);
  });
  once(server, 'exit').then(([code]) => failed(new Error(`serve ended with code ${code}`)));
});

// Any machine can run this: the GPU is software that Chromium carries.
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
});
try {
  const page = await browser.newPage();
  await page.exposeFunction('show', (text) => process.stdout.write(text));
  await page.goto(address);
  process.stdout.write(prompt);
  const { model, tokens, seconds } = await page.evaluate(async (prompt) => {
    const { createEngine } = await import('./runtime.js');
    const engine = await createEngine('./bundle/');
    const generation = engine.generate(prompt, { maxTokens: 100 });
    for await (const { text } of generation) await window.show(text);
    const { generatedTokens: tokens, decodeSeconds: seconds } = generation.result;
    return { model: engine.model.name, tokens, seconds };
  }, prompt);
  const rate = (tokens / seconds).toFixed(0);
  console.log(`\n\n${model}: ${tokens} tokens at ${rate} per second, WebGPU in Chromium, no GPU`);
} finally {
  await browser.close();
  server.kill();
}
