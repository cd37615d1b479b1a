// SPDX-License-Identifier: Apache-2.0
// What a grammar forces, as ids of a tokenizer that puts a space before every text: those that stand
// within a text have none.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { openGpu } from '../../support/adapters.mjs';
import { compileModel } from '../../support/bundles.mjs';
import { buildFolder } from '../../support/paths.mjs';
import { internals } from './internals.mjs';

const { createEngine } = await import(pathToFileURL(join(buildFolder, 'runtime/runtime.js')).href);

test('ids of a text that stands behind another', async (t) => {
  const bundle = compileModel(t, 'models/stories260K-hf', 'q0f32');
  if (!bundle) return;
  const engine = await createEngine(pathToFileURL(bundle), { gpu: openGpu('lavapipe') });
  t.after(() => engine.close());
  const { encodeWithin, forcedIds } = await internals('openai/forced_ids.ts');
  const tokenizer = engine.tokenizer();
  const spelled = (ids) => Array.from(ids, (id) => tokenizer.textOf(id)).join('');
  for (const text of ['name', ' name', 'a cat, a dog', '": "', '\n', 'één', '']) {
    assert.equal(spelled(encodeWithin(tokenizer, text)), text);
  }
  assert.equal(spelled(tokenizer.encode('name', { addSpecial: false })), ' name');

  const grammars = await engine.grammars();
  const matcher = grammars.compile({ gbnf: 'root ::= "once upon a time " [a-z]' }).matcher();
  const plain = { repetitionPenalty: 1, frequencyPenalty: 0, presencePenalty: 0 };
  assert.equal(spelled(forcedIds(engine, plain, matcher)()), 'once upon a time');
  matcher.close();
});
