// SPDX-License-Identifier: Apache-2.0
// AnswerParser: what a model writes, taken apart as it comes, by runtime/host/answer_parser.h.
//
//   const parser = new AnswerParser(host, answerTable(format), tools, { reasoningOpen: false });
//   parser.push('<tool_call>\n{"name": "f", "argu');   // [{ kind: 'call', text: 'f' }]
//   parser.push('ments": {"a": 1}}\n</tool_call>');    // arguments '{"a": 1}', call_end
//   parser.flush();
import { EngineError } from '../errors.ts';
import type { Host } from './host.ts';

const kinds = [
  'content',
  'reasoning',
  'call', // begins; the text is the tool's name
  'id', // of the call, as the model wrote it
  'arguments',
  'call_end',
  'call_cut_short', // the answer ended or left the format: the arguments may be no JSON
] as const;

export interface AnswerEvent {
  kind: (typeof kinds)[number];
  text: string;
}

/** A tool as the API takes it: with or without its envelope. */
export interface Tool {
  type?: string;
  function?: { name: string; parameters?: unknown };
  name?: string;
  parameters?: unknown;
}

export class AnswerParser {
  private handle: number;
  private kind: AnswerEvent['kind'] = 'content';
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(
    private readonly host: Host,
    table: Uint8Array,
    tools: readonly Tool[] = [],
    { reasoningOpen = false } = {},
  ) {
    this.handle = host.withCopy(table, (tableAt, tableBytes) =>
      host.withCopy(encodeTools(tools), (toolsAt, toolsBytes) =>
        host.call.answers_new(tableAt, tableBytes, toolsAt, toolsBytes, Number(reasoningOpen)),
      ),
    );
    if (this.handle === 0) throw new EngineError('the table of the tool format is malformed');
  }

  push(text: string | Uint8Array): AnswerEvent[] {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    return this.host.withCopy(bytes, (at, length) =>
      this.read(this.host.call.answers_push(this.handle, at, length)),
    );
  }

  /** The answer has ended. */
  flush(): AnswerEvent[] {
    const events = this.read(this.host.call.answers_flush(this.handle));
    this.emit(events, this.kind, this.decoder.decode());
    return events;
  }

  close(): void {
    this.host.call.answers_free(this.handle);
    this.handle = 0;
  }

  private read(count: number): AnswerEvent[] {
    const rows = this.host.words(this.host.call.answers_events(this.handle), 3 * count).slice();
    const events: AnswerEvent[] = [];
    for (let i = 0; i < count; i++) {
      const kind = kinds[rows[3 * i]];
      // A character that was cut by the end of its text does not go on in another.
      if (kind !== this.kind) this.emit(events, this.kind, this.decoder.decode());
      this.kind = kind;
      const bytes = this.host.bytes(rows[3 * i + 1], rows[3 * i + 2]);
      this.emit(
        events,
        kind,
        this.decoder.decode(bytes, { stream: true }),
        kind.startsWith('call'),
      );
    }
    return events;
  }

  private emit(events: AnswerEvent[], kind: AnswerEvent['kind'], text: string, always = false) {
    if (always || text !== '') events.push({ kind, text });
  }
}

const asString = 0;
const asJson = 1;

/** runtime/host/answer_parser.h: AnswerTool. */
export function encodeTools(tools: readonly Tool[]): Uint8Array {
  const bytes: number[] = [];
  const number = (value: number) => bytes.push(value & 255, value >> 8);
  const text = (value: string) => {
    const encoded = new TextEncoder().encode(value);
    number(encoded.length);
    bytes.push(...encoded);
  };
  number(tools.length);
  for (const tool of tools) {
    const { name = '', parameters } = tool.function ?? tool;
    const properties = Object.entries(record(record(parameters).properties));
    text(name);
    number(properties.length);
    for (const [key, schema] of properties) {
      text(key);
      number(isText(schema) ? asString : asJson);
    }
  }
  return Uint8Array.from(bytes);
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Whether only texts are values of the schema, as far as it says so itself. */
function isText(schema: unknown): boolean {
  const { type, enum: values, const: value } = record(schema);
  if (Array.isArray(type) && type.length === 1) return type[0] === 'string';
  if (type !== undefined) return type === 'string';
  if (Array.isArray(values)) return values.every((one) => typeof one === 'string');
  return typeof value === 'string';
}
