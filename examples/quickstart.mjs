// SPDX-License-Identifier: Apache-2.0
// Serves a bundle and lets a page in headless Chromium talk with it, on WebGPU:
//   node examples/quickstart.mjs BUNDLE [PROMPT]
// Without a prompt: a chat, JSON from a sentence and a call of a function, by the model's template.
import { Template } from '@huggingface/jinja';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';

const [bundle, prompt] = process.argv.slice(2);

const functions = { get_weather: ({ city }) => ({ weather: city === 'Oslo' ? 'sunny' : 'mild' }) };
const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const person = { properties: { name: { type: 'string' }, age: { type: 'integer' } } };
const conversations = [
  { says: ['Hello, my name is Ann.', 'What is webllm-compile?', 'What is my name?'] },
  { says: [`Ann is 31 and lives in Oslo.\n${JSON.stringify({ type: 'object', ...person })}`] },
  {
    tools: [
      { name: 'get_weather', description: 'Get the weather', parameters: city },
      { name: 'find_hotel', description: 'Find the hotel', parameters: city },
    ].map((tool) => ({ type: 'function', function: tool })),
    says: ['What is the weather in Oslo?'],
  },
];

/** What the user says and the model answers; where it calls a function, that is called. */
async function converse(template, generate, { says, tools }) {
  const messages = [];
  const answer = async () => {
    const text = template.render({ messages, tools, add_generation_prompt: true });
    process.stdout.write('model: ');
    const content = await generate(text, 128);
    process.stdout.write('\n');
    const call = content.match(/<tool_call>(.*)<\/tool_call>/s);
    if (!call) return messages.push({ role: 'assistant', content });
    const { name, arguments: given } = JSON.parse(call[1]);
    const result = JSON.stringify(functions[name](given));
    console.log(`${name}: ${result}`);
    const tool_calls = [{ type: 'function', function: { name, arguments: given } }];
    messages.push(
      { role: 'assistant', content: '', tool_calls },
      { role: 'tool', content: result },
    );
    await answer();
  };
  for (const content of says) {
    console.log(`\nuser:  ${content}`);
    messages.push({ role: 'user', content });
    await answer();
  }
}

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
  const manifest = await page.evaluate(async () => {
    const { createEngine } = await import('./runtime.js');
    globalThis.engine = await createEngine('./bundle/');
    return (await fetch('./bundle/model.json')).json();
  });
  const total = { tokens: 0, seconds: 0 };
  const generate = async (prompt, maxTokens) => {
    const { text, tokens, seconds } = await page.evaluate(
      async ([prompt, maxTokens]) => {
        const generation = globalThis.engine.generate(prompt, { maxTokens });
        let all = '';
        for await (const { text } of generation) {
          all += text;
          await window.show(text);
        }
        const { generatedTokens: tokens, decodeSeconds: seconds } = generation.result;
        return { text: all, tokens, seconds };
      },
      [prompt, maxTokens],
    );
    total.tokens += tokens;
    total.seconds += seconds;
    return text;
  };

  if (prompt || !manifest.chat_template) {
    process.stdout.write(prompt ?? '');
    await generate(prompt ?? '', 100);
  } else {
    const template = new Template(manifest.chat_template);
    for (const conversation of conversations) await converse(template, generate, conversation);
  }
  const rate = (total.tokens / total.seconds).toFixed(0);
  const { name } = manifest.model;
  console.log(
    `\n\n${name}: ${total.tokens} tokens at ${rate} per second, WebGPU in Chromium, no GPU`,
  );
} finally {
  await browser.close();
  server.kill();
}
