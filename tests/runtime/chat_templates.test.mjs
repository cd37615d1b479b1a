// SPDX-License-Identifier: Apache-2.0
// Chat templates are rendered as Python's Jinja2 renders them, byte for byte.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { requireTestData } from '../support/paths.mjs';
import { internals } from './web/internals.mjs';

const { renderChat, strftime } = await internals('chat/chat_template.ts');
const july = new Date(2024, 6, 26, 12);

test('every template in every context, as the goldens have it', (t) => {
  const path = requireTestData(t, 'chat-templates/goldens.json');
  if (!path) return;
  const { contexts, templates } = JSON.parse(readFileSync(path, 'utf8'));
  const wrong = [];
  let same = 0;
  let refused = 0;
  for (const { source, chat_template, bos_token, eos_token, renderings } of templates) {
    for (const [name, { output }] of Object.entries(renderings)) {
      const { messages, ...variables } = contexts[name];
      // The goldens leave out what transformers passes as None.
      const none = { tools: undefined, documents: undefined };
      const options = { ...none, ...variables, bos_token, eos_token, now: july };
      let rendered;
      try {
        rendered = renderChat(chat_template, messages, options);
      } catch (error) {
        rendered = error;
      }
      // Where Python refuses, rendering more is no fault: arguments as an object, for one.
      if (output === undefined) refused++;
      else if (rendered === output) same++;
      else wrong.push(`${source}, ${name}: ${String(rendered).slice(0, 200)}`);
    }
  }
  t.diagnostic(`${same} renderings equal to Python's; Python refuses ${refused}`);
  assert.deepEqual(wrong, []);
});

test('what Python allows and JavaScript would not', () => {
  const render = (template, variables) => renderChat(template, [], variables);
  assert.equal(render('{% for x in missing %}{{ x }}{% endfor %}.'), '.');
  assert.equal(render('{{ none }} {{ true }} {{ missing }}'), 'None True ');
  assert.equal(
    render('{{ a | string }}', { a: { k: [true, null, "it's"] } }),
    `{'k': [True, None, "it's"]}`,
  );
  assert.equal(render("{{ '\\n x \\n'.lstrip('\\n') }}|"), ' x \n|');
  assert.equal(render("{{ [1, 2, 3] | reject('in', [2]) | list }}"), '[1, 3]');
  assert.equal(render('{{ a == b }}', { a: [1], b: [1] }), 'True');
});

test('dates as strftime writes them', () => {
  assert.equal(strftime(july, '%d %b %Y, %H:%M %p %A %j %%'), '26 Jul 2024, 12:00 PM Friday 208 %');
  assert.equal(strftime(new Date(2024, 0, 5), '%-d %e %F'), '5  5 2024-01-05');
});
