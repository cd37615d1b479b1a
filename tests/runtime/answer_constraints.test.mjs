// SPDX-License-Identifier: Apache-2.0
// Constraints of tool formats: for every chat template of the test data, grammar.wasm accepts calls
// as the template writes them, byte by byte, and refuses a wrong name, a wrong argument and what
// does not belong there at the first byte that is wrong.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { compileModel } from '../support/bundles.mjs';
import { chatTemplates, familyOf } from '../support/chat_templates.mjs';
import { buildFolder, requireTestData } from '../support/paths.mjs';
import { writeAnswer, writeCalls } from '../support/tool_calls.mjs';
import { internals } from './web/internals.mjs';

const web = await internals(
  'chat/answer_constraint.ts',
  'chat/answer_table.ts',
  'host/grammar.ts',
  'json.ts',
  'chat/tool_format.ts',
  'chat/tool_format_probe.ts',
);

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      strict: true,
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', maxLength: 12 },
          days: { type: 'integer', minimum: 1, maximum: 14 },
          detail: { type: 'boolean' },
        },
        required: ['city'],
        additionalProperties: false,
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'run_code',
      strict: true,
      parameters: {
        type: 'object',
        properties: { code: { type: 'string' } },
        required: ['code'],
        additionalProperties: false,
      },
    },
  },
];
const weather = { name: 'get_weather', arguments: { city: 'Zürich', days: 3, detail: true } };
const code = { name: 'run_code', arguments: { code: 'if a < "b":\n    print(1)' } };

/** The byte tokens of a vocabulary like that of Llama 2: token b + 3 is the byte b. */
const firstByteToken = 3;
const end = 2;

class Checker {
  constructor(grammars, source) {
    this.constraint = grammars.compile(source);
  }
  /** How many bytes of the text are accepted; one more where the answer may end there. */
  reads(text) {
    const matcher = this.constraint.matcher();
    const bytes = new TextEncoder().encode(text);
    const tokens = Array.from(bytes, (byte) => byte + firstByteToken);
    const count = matcher.validate(tokens);
    let complete = 0;
    if (count === tokens.length) {
      for (const token of tokens) assert.ok(matcher.accept(token));
      complete = matcher.isComplete ? 1 : 0;
    }
    matcher.close();
    return count + complete;
  }
  accepts(text) {
    assert.equal(this.reads(text), new TextEncoder().encode(text).length + 1, text);
  }
  /** Refuses the text at the first byte of `wrong`, which it contains once. */
  refuses(text, wrong) {
    const at = new TextEncoder().encode(text.slice(0, text.indexOf(wrong))).length;
    assert.equal(this.reads(text), at, `${text} at ${wrong}`);
  }
  close() {
    this.constraint.close();
  }
}

function checkConstraints(grammars, format) {
  const table = web.answerTable(format);
  const checker = (request) =>
    new Checker(grammars, { answers: web.answerConstraint(table, { tools, ...request }) });
  const calls = format.calls[0].separator === undefined ? [weather] : [weather, code];
  const auto = checker({});
  auto.accepts(writeAnswer(format, { content: 'Nothing to call: <b>, [a].' }));
  auto.accepts(writeAnswer(format, { calls: [weather] }));
  auto.accepts(writeAnswer(format, { calls }));
  if (format.reasoning) {
    auto.accepts(writeAnswer(format, { reasoning: 'Let me see.', calls }));
    auto.accepts(writeAnswer(format, { reasoning: 'Let me see.', content: 'No.' }));
  }
  format.calls.forEach((_, form) => auto.accepts(writeAnswer(format, { calls: [weather], form })));
  auto.close();

  const required = checker({ toolChoice: 'required' });
  const text = writeCalls(format, [weather]);
  required.accepts(text);
  required.refuses(text.replace('get_weather', 'get_wXather'), 'Xather');
  required.refuses(text.replace('days', 'dXys'), 'Xys');
  required.refuses(text.replace('Zürich', 'Zürich am Sümpfchen!'), 'mpfchen!');
  required.refuses(text.replace(/3(?!\d)/, '93'), '3');
  assert.equal(required.reads('?'), 0);
  required.close();

  const none = checker({ toolChoice: 'none' });
  none.accepts(writeAnswer(format, { content: 'Text.' }));
  assert.ok(none.reads(text) < text.length);
  none.close();

  const named = checker({ toolChoice: { type: 'function', function: { name: 'run_code' } } });
  named.accepts(writeCalls(format, [code]));
  named.refuses(text, 'get_weather');
  named.close();

  if (calls.length < 2) return;
  const single = checker({ parallelToolCalls: false });
  const two = writeCalls(format, calls);
  single.accepts(writeCalls(format, [weather]));
  assert.ok(single.reads(two) < new TextEncoder().encode(two).length);
  single.close();
}

test('every format with calls: accepted as written, refused at the first wrong byte', async (t) => {
  const bundle = compileModel(t, 'models/stories260K-hf', 'q0f32');
  if (!bundle || !requireTestData(t, 'chat-templates/goldens.json')) return;
  const wasm = readFileSync(join(buildFolder, 'runtime/grammar.wasm'));
  const tokenizer = readFileSync(join(bundle, 'tokenizer.bin'));
  const grammars = await web.Grammars.load(wasm, tokenizer, [end]);
  const failures = [];
  const checked = new Set();
  for (const { name, template, ...tokens } of chatTemplates()) {
    const family = familyOf(template);
    const said = family && web.readToolFormat(new web.Json(family.format, family.file));
    const { format } = web.deriveToolFormat(template, tokens, said);
    const key = JSON.stringify(format);
    if (!format.calls || checked.has(key)) continue;
    checked.add(key);
    try {
      checkConstraints(grammars, format);
      t.diagnostic(`ok ${name}`);
    } catch (error) {
      failures.push(`${name}: ${error.message}`);
    }
  }
  assert.deepEqual(failures, []);
});
