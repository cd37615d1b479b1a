// SPDX-License-Identifier: Apache-2.0
// Tool and reasoning formats: for every chat template of the test data the format is derived, calls
// are written as the template writes them, taken apart under every split of the text, and the
// deltas of every split concatenate to the same answer.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { buildFolder, requireTestData } from '../support/paths.mjs';
import { chatTemplates, familyFormats, familyOf } from '../support/chat_templates.mjs';
import { pythonJson, writeAnswer, writeCalls } from '../support/tool_calls.mjs';
import { internals } from './web/internals.mjs';
import { readFileSync } from 'node:fs';

const web = await internals(
  'host/answer_parser.ts',
  'chat/answer_table.ts',
  'chat/chat_template.ts',
  'host/host.ts',
  'json.ts',
  'chat/tool_format.ts',
  'chat/tool_format_probe.ts',
);
const host = await web.Host.load(readFileSync(join(buildFolder, 'runtime/runtime.wasm')));

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'The weather of a city',
      parameters: {
        type: 'object',
        properties: {
          city: { type: 'string', description: 'Where' },
          days: { type: 'integer', description: 'How far ahead' },
          detail: { type: 'boolean', description: 'All of it' },
          hours: { type: 'array', items: { type: 'integer' }, description: 'When' },
        },
        required: ['city'],
      },
    },
  },
  {
    type: 'function',
    function: {
      name: 'run-code_2',
      description: 'Runs code',
      parameters: {
        type: 'object',
        properties: { code: { type: 'string', description: 'Python' } },
        required: ['code'],
      },
    },
  },
];
const weather = {
  name: 'get_weather',
  arguments: { city: 'Zürich 🙂', days: 3, detail: true, hours: [6, 18] },
};
const code = { name: 'run-code_2', arguments: { code: 'if a < "b":\n    print(1)' } };

function formatOf(template, options) {
  const family = familyOf(template);
  const said = family && web.readToolFormat(new web.Json(family.format, family.file));
  return { ...web.deriveToolFormat(template, options, said), family };
}

/** The answer as an application assembles it from the events. */
class Assembled {
  content = '';
  reasoning = '';
  calls = [];
  add(events) {
    for (const { kind, text } of events) {
      const call = this.calls.at(-1);
      if (kind === 'content') this.content += text;
      else if (kind === 'reasoning') this.reasoning += text;
      else if (kind === 'call') this.calls.push({ name: text, arguments: '', end: 'open' });
      else if (kind === 'id') call.id = text;
      else if (kind === 'arguments') call.arguments += text;
      else call.end = kind === 'call_end' ? 'complete' : 'cut short';
    }
    return this;
  }
}

function parse(table, pieces, options) {
  const parser = new web.AnswerParser(host, table, tools, options);
  const answer = new Assembled();
  for (const piece of pieces) answer.add(parser.push(piece));
  answer.add(parser.flush());
  parser.close();
  return answer;
}

/** Every cut in two, all bytes alone, and cuts at random places. */
function* splits(bytes) {
  for (let at = 1; at < bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
  yield Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  let seed = 1;
  for (let round = 0; round < 20; round++) {
    const pieces = [];
    for (let at = 0; at < bytes.length;) {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      const length = 1 + ((seed >> 16) % 12);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    yield pieces;
  }
}

function checkAllSplits(table, text, expected, options) {
  const bytes = new TextEncoder().encode(text);
  assert.deepEqual(parse(table, [bytes], options), expected, JSON.stringify(text));
  for (const pieces of splits(bytes)) {
    const answer = parse(table, pieces, options);
    if (JSON.stringify(answer) !== JSON.stringify(expected)) {
      const cuts = pieces.map((piece) => new TextDecoder().decode(piece));
      assert.deepEqual(answer, expected, `split ${JSON.stringify(cuts)}`);
    }
  }
}

function expectedCalls(calls) {
  return calls.map((call) => ({
    name: call.name,
    arguments: JSON.stringify(call.arguments),
    end: 'complete',
  }));
}

/** The answer with arguments in one spelling, and without ids. */
function normalized(answer) {
  const calls = answer.calls.map(({ name, arguments: text, end }) => {
    return { name, arguments: end === 'complete' ? JSON.stringify(JSON.parse(text)) : text, end };
  });
  return { content: answer.content, reasoning: answer.reasoning, calls };
}

function checkAnswer(table, format, said, options) {
  const text = writeAnswer(format, said);
  const whole = parse(table, [text], options);
  assert.deepEqual(
    normalized(whole),
    {
      content: said.content ?? '',
      reasoning: said.reasoning ?? '',
      calls: expectedCalls(said.calls ?? []),
    },
    JSON.stringify(text),
  );
  checkAllSplits(table, text, whole, options);
}

function styleOf({ calls, content }) {
  if (!calls) return '-';
  const [{ values, parameter, open, close }] = calls;
  const how = parameter ? `pairs, ${values}` : `object, ${values}`;
  return `${how}${open + close === '' ? '' : ', section'}${content ? ', regions' : ''}`;
}

function checkFormat({ format, family }, template, options) {
  const table = web.answerTable(format);
  const reasoning = format.reasoning ? { reasoning: 'Let me see.' } : {};
  checkAnswer(table, format, { content: 'Nothing to call here: <b>, [a], {"b": 1}.' });
  checkAnswer(table, format, { ...reasoning, content: 'Hello.' });
  if (format.reasoning) {
    const { close } = format.reasoning;
    const answer = `So it is.${close}${writeAnswer({ ...format, reasoning: undefined }, { content: 'Yes.' })}`;
    if (!format.content) {
      const parsed = parse(table, [answer], { reasoningOpen: true });
      assert.deepEqual([parsed.reasoning, parsed.content], ['So it is.', 'Yes.']);
    }
  }
  if (!format.calls) return;
  const single = format.calls[0].separator === undefined;
  const calls = single ? [weather] : [weather, code, weather];
  checkAnswer(table, format, { calls: [weather] });
  checkAnswer(table, format, { calls: [code] });
  checkAnswer(table, format, { ...reasoning, calls });
  const anywhere = web.triggerOf(format.calls[0].open + format.calls[0].call.split('$')[0]) !== '';
  if (anywhere && !(format.content && format.between === undefined))
    checkAnswer(table, format, { ...reasoning, content: 'I will look.', calls });
  format.calls.forEach((_, form) => checkAnswer(table, format, { calls: [weather], form }));
  if (!family) checkRendering(format, template, options);
}

/** What the template writes for these calls is what the descriptor says. */
function checkRendering(format, template, options) {
  const tool_calls = [weather, code].map((call, i) => ({
    id: `callNr00${i}`,
    type: 'function',
    function: call,
  }));
  const turns = (count) => [
    { role: 'user', content: 'Go on.' },
    { role: 'assistant', content: null, tool_calls: tool_calls.slice(0, count) },
  ];
  const count = format.calls[0].separator === undefined ? 1 : 2;
  let rendered;
  for (const content of [null, '']) {
    const messages = turns(count);
    messages[1].content = content;
    try {
      rendered = web.renderChat(template, messages, { tools, ...options });
      if (rendered.includes('Zürich')) break;
    } catch (error) {
      if (content === '') throw error;
    }
  }
  const written = writeCalls(format, [weather, code].slice(0, count));
  // Python writes booleans of its own where a template prints them without tojson; some sort keys.
  const loosened = (text) => text.replaceAll('True', 'true').replace(/\s+/g, '');
  const found = loosened(rendered).includes(loosened(written));
  assert.ok(found, `${JSON.stringify(rendered.slice(-600))} has no ${JSON.stringify(written)}`);
}

test('every template: derive, write, parse under every split', (t) => {
  if (!requireTestData(t, 'chat-templates/goldens.json')) return;
  const rows = [];
  const failures = [];
  for (const { name, template, ...tokens } of chatTemplates()) {
    const derived = formatOf(template, tokens);
    const { format, withoutCalls, family } = derived;
    let result = withoutCalls ? `no calls: ${withoutCalls}` : 'ok';
    try {
      checkFormat(derived, template, tokens);
    } catch (error) {
      result = `FAILED ${error.message}`;
      failures.push(`${name}: ${error.message}`);
    }
    rows.push([
      name.replace(/^chat-templates\//, ''),
      family ? family.file : 'derived',
      styleOf(format),
      format.reasoning ? JSON.stringify(format.reasoning.open + '…' + format.reasoning.close) : '-',
      result,
    ]);
  }
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows)
    t.diagnostic(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  assert.deepEqual(failures, []);
});

export { formatOf };

test('a response_template counts after what the chat template shows', () => {
  const call = '<call>{"name": "$name", "arguments": $arguments}</call>';
  const read = {
    reasoning: { open: '<plan>\n', close: '\n</plan>\n' },
    calls: [{ open: '', close: '', separator: '\n', call, values: 'json' }],
  };
  // Neither reasoning nor calls come out of it: both are read from the response_template.
  const plain =
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}{% endfor %}";
  const { format } = web.deriveToolFormat(plain, {}, {}, read);
  assert.deepEqual(format, read);
  const text = '<plan>\nAsk.\n</plan>\n' + `<call>\n${JSON.stringify(weather)}\n</call>`;
  const answer = parse(web.answerTable(format), [new TextEncoder().encode(text)]);
  assert.deepEqual([answer.reasoning, answer.content], ['Ask.', '']);
  assert.deepEqual(answer.calls, [
    { name: weather.name, arguments: JSON.stringify(weather.arguments), end: 'complete' },
  ]);

  const shown =
    '{% for message in messages %}{% if message.tool_calls %}{% for c in message.tool_calls %}' +
    '[TOOL]{{ c.function | tojson }}[/TOOL]{% endfor %}{% else %}{{ message.content }}{% endif %}' +
    '{% endfor %}';
  const derived = web.deriveToolFormat(shown, {}, {}, read).format;
  assert.match(derived.calls[0].call, /^\[TOOL\]\{"name": "\$name"/);
  assert.deepEqual(derived.reasoning, read.reasoning);
});
