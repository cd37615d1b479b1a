// SPDX-License-Identifier: Apache-2.0
// The model that comes with the project says, compiled, what PyTorch says: its template and its
// tokenizer give the ids that it was trained on, and 64 ids after each of 50 prompts are the same.
// examples/models/train/evaluate.py --golden writes the file.
import { Template } from '@huggingface/jinja';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

import { openGpu } from '../support/adapters.mjs';
import { compileFolder } from '../support/bundles.mjs';
import { buildFolder, root } from '../support/paths.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

const cases = JSON.parse(readFileSync(join(root, 'tests/examples/pebble_golden.json'), 'utf8'));

test('pebble-2m says what PyTorch says', async (t) => {
  const bundle = compileFolder(t, join(root, 'examples/models/pebble-2m'), 'q0f32');
  const { chat_template } = JSON.parse(readFileSync(join(bundle, 'model.json'), 'utf8'));
  const template = new Template(chat_template);
  const gpu = openGpu('lavapipe');
  const engine = await createEngine(pathToFileURL(bundle), { gpu });
  t.after(() => engine.close());
  for (const { messages, tools, prompt, ids } of cases) {
    const text = template.render({ messages, tools, add_generation_prompt: true });
    assert.deepEqual(Array.from(await engine.tokenize(text)), prompt, text);
    const said = [];
    const options = { maxTokens: ids.length, ignoreEos: true };
    for await (const { id } of engine.generate(text, options)) said.push(id);
    assert.deepEqual(said, ids, text);
  }
});
