// SPDX-License-Identifier: Apache-2.0
// Real responses against the types of the official npm package `openai`, by the TypeScript compiler: as
// literals they may have no field that a type has not, must have those it requires, of its types. What
// we add to OpenAI's is written out in `types`; mutilated responses must be refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { openGpu } from '../../support/adapters.mjs';
import { compileFolder } from '../../support/bundles.mjs';
import { buildFolder, pebble, root } from '../../support/paths.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const types = `
import type OpenAI from 'openai';

type With<T, Changes> = Omit<T, keyof Changes> & Changes;
type Usage = OpenAI.CompletionUsage & { extra: Record<string, number> };
type TextChoice = OpenAI.CompletionChoice;
type Whole = With<OpenAI.ChatCompletion, { usage: Usage }>;
type Chunk = With<OpenAI.ChatCompletionChunk, { usage?: Usage | null }>;
type Text = With<OpenAI.Completion, { usage: Usage }>;
// OpenAI sends null in streams, too, though its types do not say so.
type TextChunk = With<OpenAI.Completion, {
  usage?: Usage | null;
  choices: With<TextChoice, { finish_reason: TextChoice['finish_reason'] | null }>[];
}>;
`;

const messages = [{ role: 'user', content: 'Hello, my name is Ann.' }];
const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
};
const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
const weather = [{ role: 'user', content: 'What is the weather in Oslo?' }];
const json_schema = { name: 'place', schema: parameters };
const chats = [
  { messages },
  { messages, max_tokens: 3, n: 2, logprobs: true, top_logprobs: 2, seed: 1 },
  { messages: weather, tools },
  { messages: weather, tools, tool_choice: 'required', logprobs: true },
  { messages: weather, response_format: { type: 'json_schema', json_schema }, max_tokens: 40 },
  { messages, stop: ['meet'], model: 'mine' },
];
const texts = [
  { prompt: 'Once', max_tokens: 4 },
  { prompt: ['a', 'b'], n: 2, max_tokens: 3, logprobs: 2, echo: false },
  { prompt: 'Once', max_tokens: 3, echo: true },
];

async function collect(api, requests) {
  const whole = [];
  const chunks = [];
  for (const request of requests) {
    whole.push(await api.create(request));
    for (const stream_options of [undefined, { include_usage: true }]) {
      const options = { stream: true, ...(stream_options && { stream_options }) };
      for await (const chunk of await api.create({ ...request, ...options })) chunks.push(chunk);
    }
  }
  return [whole, chunks];
}

/** Each a response that is none. */
function* mutilated(response) {
  yield { ...response, surplus: 1 };
  yield { ...response, created: String(response.created) };
  const { id, ...nameless } = response;
  yield nameless;
  const [first, ...others] = response.choices;
  yield { ...response, choices: [{ ...first, surplus: null }, ...others] };
  const { index, ...noIndex } = first;
  yield { ...response, choices: [noIndex, ...others] };
  yield { ...response, choices: [{ ...first, finish_reason: 'tired' }, ...others] };
}

test('responses are what the client of OpenAI says they are', async (t) => {
  const bundle = compileFolder(t, pebble, 'q0f32');
  const engine = await createEngine(pathToFileURL(bundle), { gpu: openGpu('lavapipe') });
  t.after(() => engine.close());
  const [whole, chunks] = await collect(engine.chat.completions, chats);
  const [text, textChunks] = await collect(engine.completions, texts);
  const all = { Whole: whole, Chunk: chunks, Text: text, TextChunk: textChunks };
  // Of each kind there is something to compare.
  assert.ok(whole.some(({ choices }) => choices[0].message.tool_calls));
  assert.ok(whole.some(({ choices }) => choices[0].logprobs?.content[0].top_logprobs.length === 2));
  assert.ok(chunks.some(({ choices }) => choices[0]?.delta.tool_calls));
  assert.ok(chunks.some(({ usage }) => usage) && textChunks.some(({ usage }) => usage));

  const lines = [types];
  for (const [type, responses] of Object.entries(all)) {
    lines.push(`export const all${type}: ${type}[] = ${JSON.stringify(responses)};`);
    let count = 0;
    for (const wrong of mutilated(responses[0])) {
      lines.push(
        `// @ts-expect-error\nexport const no${type}${count++}: ${type} = ${JSON.stringify(wrong)};`,
      );
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'webllm-conformance-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'responses.ts'), lines.join('\n'));
  const options = ['--strict', '--noEmit', '--skipLibCheck', '--moduleResolution', 'bundler'];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const given = [tsc, ...options, '--module', 'esnext', '--target', 'es2022', '--types', 'node'];
  const { stdout } = spawnSync('node', [...given, 'responses.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(stdout, '');
  const counts = Object.entries(all).map(([type, responses]) => `${responses.length} ${type}`);
  t.diagnostic(`compared: ${counts.join(', ')}`);
});
