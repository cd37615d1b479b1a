// SPDX-License-Identifier: Apache-2.0
// renderChat: a conversation as the text that the model was trained on, by the model's own chat
// template and with the functions that transformers gives to templates.
//
//   renderChat(template, [{ role: 'user', content: 'Hi' }], { add_generation_prompt: true });
//   // "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
import { JinjaTemplate } from './jinja.ts';

export interface ChatMessage {
  role: string;
  content?: string | null | readonly Record<string, unknown>[];
  tool_calls?: readonly {
    id?: string;
    type?: 'function';
    /** `arguments` as JSON text or as the object that it stands for. */
    function: { name: string; arguments: string | Record<string, unknown> };
  }[];
  [field: string]: unknown;
}

export interface ChatOptions {
  tools?: readonly Record<string, unknown>[] | undefined;
  documents?: readonly Record<string, unknown>[] | undefined;
  add_generation_prompt?: boolean;
  enable_thinking?: boolean;
  bos_token?: string;
  eos_token?: string;
  /** The clock of strftime_now. */
  now?: Date;
  /** Called with every text of messages, tools and documents; what it returns is rendered. */
  protect?: (text: string) => string;
  /** Further variables of the template. */
  [variable: string]: unknown;
}

const compiled = new Map<string, JinjaTemplate>();
const maxCompiled = 16;

function compile(source: string): JinjaTemplate {
  let template = compiled.get(source);
  if (!template) {
    if (compiled.size >= maxCompiled) compiled.delete(compiled.keys().next().value!);
    compiled.set(source, (template = new JinjaTemplate(source)));
  }
  return template;
}

/** Throws what the template raises. */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): string {
  const { now = new Date(), protect, tools, documents, ...variables } = options;
  const guard = <T>(value: T): T => (protect ? (mapTexts(value, protect) as T) : value);
  return compile(template).render({
    bos_token: '',
    eos_token: '',
    ...variables,
    messages: guard(messages.map(withArguments)),
    tools: orNone(options, 'tools', guard(tools)),
    documents: orNone(options, 'documents', guard(documents)),
    add_generation_prompt: options.add_generation_prompt ?? false,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    strftime_now: (format: string) => strftime(now, format),
  });
}

/** As transformers passes it: None when it is not given. Given as undefined, it is undefined. */
function orNone(options: ChatOptions, name: string, value: unknown): unknown {
  return name in options ? value : null;
}

/** Templates want the arguments of a call as an object; the API gives JSON text. */
function withArguments(message: ChatMessage): ChatMessage {
  if (!message.tool_calls) return message;
  const calls = message.tool_calls.map((call) => {
    const given = call.function.arguments;
    if (typeof given !== 'string') return call;
    return { ...call, function: { ...call.function, arguments: parsed(given) } };
  });
  return { ...message, tool_calls: calls };
}

function parsed(json: string): string | Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : json;
  } catch {
    return json;
  }
}

function mapTexts(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, map));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === 'role' ? item : mapTexts(item, map)]),
  );
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Python's strftime in the C locale, in local time. */
export function strftime(date: Date, format: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const hour12 = date.getHours() % 12 || 12;
  const fields: Record<string, () => string> = {
    Y: () => String(date.getFullYear()),
    y: () => two(date.getFullYear() % 100),
    m: () => two(date.getMonth() + 1),
    d: () => two(date.getDate()),
    e: () => String(date.getDate()).padStart(2),
    b: () => months[date.getMonth()].slice(0, 3),
    B: () => months[date.getMonth()],
    a: () => days[date.getDay()].slice(0, 3),
    A: () => days[date.getDay()],
    H: () => two(date.getHours()),
    I: () => two(hour12),
    M: () => two(date.getMinutes()),
    S: () => two(date.getSeconds()),
    p: () => (date.getHours() < 12 ? 'AM' : 'PM'),
    j: () => {
      const start = Date.UTC(date.getFullYear(), 0, 0);
      const day = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
      return String((day - start) / 86_400_000).padStart(3, '0');
    },
    '%': () => '%',
  };
  fields.F = () => `${fields.Y()}-${fields.m()}-${fields.d()}`;
  fields.T = () => `${fields.H()}:${fields.M()}:${fields.S()}`;
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, unpadded, letter) => {
    if (!Object.hasOwn(fields, letter)) return whole;
    const value = fields[letter]();
    return unpadded ? value.replace(/^[0 ]+(?=.)/, '') : value;
  });
}
