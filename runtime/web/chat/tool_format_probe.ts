// SPDX-License-Identifier: Apache-2.0
// deriveToolFormat: how a model writes reasoning and tool calls, found out by rendering its own chat
// template with made-up conversations and comparing what comes out. Two renderings that differ in
// the tool's name only show where the name stands; with one call and with two, what stands between
// calls; and so on. The idea is that of llama.cpp's automatic parser.
//
//   call {name: NAME, arguments: {KEY: "VALUE"}}:
//     …<|im_start|>assistant\n <tool_call>\n{"name": "NAME", "arguments": {"KEY": "VALUE"}}\n…
//   two calls:  … }\n</tool_call> \n <tool_call>\n{"name": "…
//               close             separator  open
import { renderChat, type ChatMessage, type ChatOptions } from './chat_template.ts';
import type { CallFormat, Region, Spelling, ToolFormat } from './tool_format.ts';

export interface ProbeResult {
  format: ToolFormat;
  /** Why there are no tool calls. */
  withoutCalls?: string | undefined;
}

const question = 'QUESTION';
const user: ChatMessage = { role: 'user', content: question };
const content = 'CONTENTTEXT';
const reasoningText = 'REASONINGTEXT';
const names = ['first_probe_tool', 'other_probe_tool'];
const ids = ['pRobe0001', 'pRobe0002']; // nine letters and digits, as Mistral wants them
const keys = ['probe_alpha', 'probe_beta'];
const values = ['VALUEONE', 'VALUETWO'];

const tools = names.map((name) => ({
  type: 'function',
  function: {
    name,
    description: 'a tool',
    parameters: {
      type: 'object',
      properties: Object.fromEntries(
        keys.map((key) => [key, { type: 'string', description: 'a text' }]),
      ),
      required: keys,
    },
  },
}));

class Probe {
  readonly failures: string[] = [];
  /** Some turn with a call was rendered, with or without the call. */
  rendersCalls = false;

  constructor(
    private readonly template: string,
    private readonly options: ChatOptions,
  ) {}

  render(messages: ChatMessage[], options: ChatOptions = {}): string | undefined {
    try {
      return renderChat(this.template, messages, { tools, ...this.options, ...options });
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** The assistant's turn, with arguments for each call; as templates want its content. */
  calls(...calls: Record<string, unknown>[]): string | undefined {
    const tool_calls = calls.map((args, i) => ({
      id: ids[i],
      type: 'function' as const,
      function: { name: names[i], arguments: args },
    }));
    for (const empty of [{ content: '' }, { content: null }, {}]) {
      const text = this.render([user, { role: 'assistant', ...empty, tool_calls }]);
      if (text?.slice(text.lastIndexOf(question)).includes(names[0])) return text;
      this.rendersCalls ||= text !== undefined;
    }
    return undefined;
  }
}

function commonPrefix(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.slice(0, length);
}

function commonSuffix(a: string, b: string): string {
  let length = 0;
  const most = Math.min(a.length, b.length);
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length === 0 ? '' : a.slice(-length);
}

/** Without the tag that it breaks off in. */
function wholeTags(prefix: string): string {
  return prefix.replace(/<[^<>]*$/, '');
}

/** Without the tag that it begins in the middle of. */
function wholeTagsFrom(suffix: string, text: string): string {
  const before = text.slice(0, text.length - suffix.length);
  return /<[^<>]*$/.test(before) ? suffix.replace(/^[^<>]*>?/, '') : suffix;
}

/** What the answer to a call is made of: the text of the turn without its header and its end. */
function bodyOf(rendered: string, plain: string): string {
  const at = plain.lastIndexOf(content);
  const header = commonPrefix(rendered, plain.slice(0, at));
  const end = wholeTagsFrom(commonSuffix(rendered, plain.slice(at + content.length)), rendered);
  return rendered.slice(wholeTags(header).length, rendered.length - end.length);
}

interface Slot {
  before: string;
  text: string;
  after: string;
}

function cut(text: string, part: string): Slot | undefined {
  const at = text.indexOf(part);
  if (at < 0) return undefined;
  return { before: text.slice(0, at), text: part, after: text.slice(at + part.length) };
}

/** The arguments as a JSON object in `text`. */
function jsonArguments(text: string, args: Record<string, unknown>): Slot | undefined {
  const key = text.indexOf(JSON.stringify(Object.keys(args)[0]));
  const start = text.lastIndexOf('{', key);
  if (key < 0 || start < 0) return undefined;
  for (let end = text.indexOf('}', key); end >= 0; end = text.indexOf('}', end + 1)) {
    try {
      const value: unknown = JSON.parse(text.slice(start, end + 1));
      if (JSON.stringify(value) !== JSON.stringify(args)) return undefined;
      return {
        before: text.slice(0, start),
        text: text.slice(start, end + 1),
        after: text.slice(end + 1),
      };
    } catch {
      // not the closing bracket yet
    }
  }
  return undefined;
}

interface ArgumentStyle {
  before: string;
  rest: string;
  parameter?: string;
  parameterSeparator?: string;
  values: Spelling;
  quote?: string;
}

/** Between the name and the end of a call: how its arguments are written. */
function argumentStyle(afterName: string, probe: Probe, plain: string): ArgumentStyle | undefined {
  const json = jsonArguments(afterName, { [keys[0]]: values[0] });
  if (json) return { before: json.before, rest: json.after, values: 'json' };
  const [two, none] = [probe.calls(pairs(2)), probe.calls({})].map((text) =>
    text === undefined ? undefined : cut(bodyOf(text, plain), names[0])?.after,
  );
  return two === undefined ? undefined : taggedStyle(two, none);
}

function pairs(count: number): Record<string, string> {
  return Object.fromEntries(keys.slice(0, count).map((key, i) => [key, values[i]]));
}

function escapeHoles(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function taggedStyle(two: string, none: string | undefined): ArgumentStyle | undefined {
  const parts: string[] = [];
  let rest = two;
  for (const mark of [keys[0], values[0], keys[1], values[1]]) {
    const slot = cut(rest, mark);
    if (!slot) return undefined;
    parts.push(slot.before);
    rest = slot.after;
  }
  const [first, middle, between] = parts;
  const empty = none ?? '';
  const before = wholeTags(commonPrefix(first, empty));
  const ending = empty.slice(before.length);
  const open = first.slice(before.length);
  if (!rest.endsWith(ending) || !between.endsWith(open)) return undefined;
  let close = rest.slice(0, rest.length - ending.length);
  const separator = between.slice(close.length, between.length - open.length);
  if (!between.startsWith(close)) return undefined;

  const quote = middle.match(/(<[^<>]+>|["'])$/)?.[0];
  if (!quote || !close.startsWith(quote)) {
    const parameter = `${escapeHoles(open)}$key${escapeHoles(middle)}$value${escapeHoles(close)}`;
    return { before, rest: ending, parameter, parameterSeparator: separator, values: 'raw' };
  }
  const separatorSign = middle.slice(0, -quote.length);
  close = close.slice(quote.length);
  if (quote.length === 1) {
    const parameter = `${escapeHoles(open)}$key${escapeHoles(separatorSign)}$value${escapeHoles(close)}`;
    return { before, rest: ending, parameter, parameterSeparator: separator, values: 'python' };
  }
  // Keys and values between brackets are one object of a JSON with other quotes.
  if (!before.endsWith('{') || !ending.startsWith('}')) return undefined;
  return { before: before.slice(0, -1), rest: ending.slice(1), values: 'quoted', quote };
}

/** A literal with the call's id or its number turned into holes. */
function withIds(literal: string, id: string): string {
  return escapeHoles(literal).replaceAll(id, '$id');
}

function deriveCalls(probe: Probe, plain: string): CallFormat | string {
  const one = probe.calls(pairs(1));
  if (one === undefined) {
    if (probe.rendersCalls) return 'the template writes no tool calls';
    return `the template refuses tool calls: ${probe.failures.at(-1)}`;
  }
  const slot = cut(bodyOf(one, plain), names[0]);
  if (!slot) return 'the template writes no tool calls into answers';
  const style = argumentStyle(slot.after, probe, plain);
  if (!style) return 'the arguments of the call are not recognized';
  const { before, rest, ...spelling } = style;
  const shape = withoutEdges(separate(slot.before, before, rest, style, probe, plain));
  const form = `${withIds(shape.callOpen, ids[0])}$name${shape.middle}$arguments${withIds(shape.callClose, ids[0])}`;
  const hasId = form.includes('$id');
  return {
    open: shape.open,
    close: shape.close,
    separator: shape.separator,
    call: form,
    ...spelling,
    ...(hasId && { idLength: ids[0].length }),
  };
}

interface Shape {
  open: string;
  callOpen: string;
  middle: string;
  callClose: string;
  close: string;
  separator?: string | undefined;
}

/** What belongs to each call and what to all of them, from a turn with two. */
function separate(
  before: string,
  middle: string,
  rest: string,
  style: ArgumentStyle,
  probe: Probe,
  plain: string,
): Shape {
  const alone: Shape = {
    open: '',
    callOpen: before,
    middle: withIds(middle, ids[0]),
    callClose: rest,
    close: '',
  };
  const two = probe.calls(pairs(1), pairs(1));
  const body = two === undefined ? undefined : bodyOf(two, plain);
  const first = body === undefined ? undefined : cut(body, names[0])?.after;
  const second = first === undefined ? undefined : cut(first, names[1]);
  if (!second) return alone;
  // The text between the first call's arguments and the second call's name.
  const afterValue = second.before.slice(second.before.lastIndexOf(values[0]) + values[0].length);
  const tail = style.values === 'json' ? afterJson(afterValue) : valueTail(style);
  const between = afterValue.slice(tail.length).replaceAll(ids[1], ids[0]);
  const close = wholeTags(commonPrefix(rest, between));
  const remaining = between.slice(close.length);
  const open = wholeTagsFrom(commonSuffix(before, remaining), before);
  const numbered = numberHole(middle, second.after, style);
  return {
    open: before.slice(0, before.length - open.length),
    callOpen: open,
    middle: numbered ?? withIds(middle, ids[0]),
    callClose: close,
    close: rest.slice(close.length),
    separator: remaining.slice(0, remaining.length - open.length),
  };
}

/** White space belongs between calls; a tag that closes what nothing opened ends the turn. */
function withoutEdges(shape: Shape): Shape {
  const open = shape.open.trim() === '' ? '' : shape.open;
  const callOpen = open === '' ? shape.callOpen.trimStart() : shape.callOpen;
  const callClose = shape.callClose.trimEnd();
  const space = shape.callClose.slice(callClose.length);
  return {
    ...shape,
    open: open.trimStart(),
    callOpen,
    callClose,
    close: open === '' ? '' : space + shape.close.trimEnd(),
    separator: shape.separator === undefined ? undefined : space + shape.separator,
  };
}

/** What follows a value inside of its parameter, or of the quoted object. */
function valueTail(style: ArgumentStyle): string {
  if (style.values === 'quoted') return `${style.quote}}`;
  const tail = (style.parameter ?? '').split('$value')[1].replaceAll('$$', '$');
  return style.values === 'python' ? `"${tail}` : tail;
}

function afterJson(text: string): string {
  return /^"\s*\}/.exec(text)?.[0] ?? '';
}

/** The text between name and arguments where it counts the calls: 0, 1 … */
function numberHole(middle: string, second: string, style: ArgumentStyle): string | undefined {
  const other = second.slice(0, middle.length);
  if (other === middle || style.values !== 'json') return undefined;
  const digits = /\d+/.exec(middle);
  if (!digits || middle.replace(/\d+/, '1') !== other) return undefined;
  return escapeHoles(middle).replace(/\d+/, '$index');
}

const knownReasoning: Region[] = [
  { open: '<think>', close: '</think>' },
  { open: '<seed:think>', close: '</seed:think>' },
  { open: '[THINK]', close: '[/THINK]' },
  { open: '<|START_THINKING|>', close: '<|END_THINKING|>' },
];

/** Where a rendered answer shows the reasoning. */
function shownReasoning(probe: Probe): Region | undefined {
  const thought = {
    reasoning_content: reasoningText,
    reasoning: reasoningText,
    thinking: reasoningText,
  };
  for (const enable_thinking of [true, undefined]) {
    const text = probe.render([user, { role: 'assistant', content, ...thought }], {
      ...(enable_thinking !== undefined && { enable_thinking }),
    });
    const slot = text === undefined ? undefined : cut(text, reasoningText);
    const open = slot && /(?:<[^<>\s]+>|\[[A-Z_]+\])[a-z]*\s*$/.exec(slot.before)?.[0];
    const close = slot && cut(slot.after, content)?.before;
    if (open && close && /[>\]]\s*$/.test(close)) return { open, close };
  }
  return undefined;
}

/** Marks that many models use, where the template names them. */
function knownReasoningOf(probe: Probe, template: string): Region | undefined {
  const known = knownReasoning.find(({ close }) => template.includes(close));
  if (!known) return undefined;
  const prompt = probe.render([user], { add_generation_prompt: true }) ?? '';
  const opened = prompt.trimEnd().endsWith(known.open);
  const space = opened ? prompt.slice(prompt.trimEnd().length) : '';
  return {
    open: known.open + space,
    close: known.close + (space === '' ? '' : `${space}${space}`),
  };
}

/**
 * `options`: what the model's prompts are rendered with, such as its bos_token; `said`: what the
 * bundle says of the format, which is not looked for in the template; `read`: what the model's
 * response_template says of it, for what the template does not show.
 */
export function deriveToolFormat(
  template: string,
  options: ChatOptions = {},
  said: ToolFormat = {},
  read: ToolFormat = {},
): ProbeResult {
  const probe = new Probe(template, options);
  const reasoning =
    said.reasoning ?? shownReasoning(probe) ?? read.reasoning ?? knownReasoningOf(probe, template);
  const derived: ToolFormat = reasoning ? { reasoning } : {};
  if (said.calls) return { format: { ...derived, ...said } };
  const plain = probe.render([user, { role: 'assistant', content }]);
  const calls = plain?.includes(content)
    ? deriveCalls(probe, plain)
    : (probe.failures.at(-1) ?? 'the template writes no answers');
  if (typeof calls !== 'string') return { format: { ...derived, calls: [calls], ...said } };
  if (read.calls) return { format: { ...derived, calls: read.calls, ...said } };
  return { format: { ...derived, ...said }, withoutCalls: calls };
}
