// SPDX-License-Identifier: Apache-2.0
// Answers as a model of a tool format writes them, from the descriptor of the format.
//
//   writeAnswer(format, { reasoning: 'Hm.', content: 'Sure.', calls: [{ name: 'f', arguments: {} }] })

function fill(form, holes) {
  return form.replace(/\$(\$|name|arguments|id|index|key|value)/g, (whole, hole) => {
    return hole === '$' ? '$' : holes[hole];
  });
}

function python(value) {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(python).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, item]) => `${python(key)}: ${python(item)}`);
  return `{${pairs.join(', ')}}`;
}

function quoted(value, quote) {
  if (typeof value === 'string') return quote + value + quote;
  if (Array.isArray(value)) return `[${value.map((item) => quoted(item, quote)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(([key, item]) => `${key}:${quoted(item, quote)}`);
  return `{${pairs.join(',')}}`;
}

/** Like Python's json.dumps, which templates call. */
export function pythonJson(value) {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = Object.entries(value).map(
    ([k, item]) => `${JSON.stringify(k)}: ${pythonJson(item)}`,
  );
  return `{${pairs.join(', ')}}`;
}

function spell(value, calls) {
  if (calls.values === 'python') return python(value);
  if (calls.values === 'quoted') return quoted(value, calls.quote);
  return calls.values === 'raw' && typeof value === 'string' ? value : pythonJson(value);
}

function writeArguments(args, calls) {
  if (calls.parameter === undefined) return spell(args, calls);
  return Object.entries(args)
    .map(([key, value]) => fill(calls.parameter, { key, value: spell(value, calls) }))
    .join(calls.parameterSeparator ?? '');
}

const id = (index) => `callNr${String(index).padStart(3, '0')}`;

export function writeCall(calls, call, index) {
  const text = writeArguments(call.arguments, calls);
  return fill(calls.call, { name: call.name, arguments: text, id: id(index), index });
}

/** The calls, separated as the format wants it. `form`: which of its forms. */
export function writeCalls(format, calls, form = 0) {
  const shape = format.calls[form];
  const between = format.content && shape.close === '' ? (format.between ?? '') + shape.open : '';
  const texts = calls.map((call, index) => writeCall(shape, call, index));
  return shape.open + texts.join((shape.separator ?? '') + between) + shape.close;
}

export function writeAnswer(format, { reasoning, content, calls = [], form = 0 }) {
  const parts = [];
  if (reasoning) parts.push(format.reasoning.open + reasoning + format.reasoning.close);
  const [region] = format.content ?? [{ open: '', close: '' }];
  if (content) parts.push(region.open + content + region.close);
  if (calls.length > 0) parts.push(writeCalls(format, calls, form));
  return parts.join(format.between ?? '');
}
