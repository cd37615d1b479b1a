// SPDX-License-Identifier: Apache-2.0
// The table of runtime/host/answer_table.h, made from the descriptor of a format. Both the
// streaming parse and the constraint read it.
import type { CallFormat, Region, Spelling, ToolFormat } from './tool_format.ts';

const texts = [
  'none',
  'content',
  'reasoning',
  'name',
  'id',
  'digits',
  'key',
  'arguments',
  'value',
  'raw',
] as const;
type Text = (typeof texts)[number];

const opensCalls = 1;
const nextCall = 2;
const endsCall = 4;
const loose = 8;

interface Branch {
  marker: string;
  next: number;
  flags: number;
}

interface State {
  text: Text;
  mayEnd: boolean;
  length: number;
  spelling: Spelling;
  branches: Branch[];
}

const flexible = '\x01';
const optional = '\x02';

/** What stands beside a marker: where white space counts, of the marker's own only that is taken. */
type Neighbour = 'text' | 'structure';

function neighbour(text: Text): Neighbour {
  return text === 'content' || text === 'reasoning' || text === 'raw' ? 'text' : 'structure';
}

function blank(text: string): boolean {
  return text.trim() === '';
}

/** The marker with its white space marked. In JSON, white space may stand between any two signs. */
function mark(text: string, before: Neighbour, after: Neighbour, isJson: boolean): string {
  const spaced = text.replace(/[ \t\r\n]+/g, (space, at: number) => {
    const atStart = at === 0 && before === 'text';
    const atEnd = at + space.length === text.length && after === 'text';
    const bracket = atStart || atEnd ? optional : flexible;
    return bracket + space + bracket;
  });
  return isJson ? loosen(spaced, text) : spaced;
}

/** Flexible space around the signs of JSON; the marker may begin or end inside a string. */
function loosen(marked: string, text: string): string {
  // A piece after a hole inside a string begins with the string's end: `", "arguments": `.
  let inString = /^"\s*[,}\]:]/.test(text);
  let result = '';
  for (const sign of marked) {
    if (sign === '"') inString = !inString;
    const structural = !inString && '{}[]:,'.includes(sign);
    result += structural ? `${flexible}${flexible}${sign}${flexible}${flexible}` : sign;
  }
  // Neighbouring flexible spaces are one.
  return result.replace(/(?:\x01[ \t\r\n]*\x01){2,}/g, (run) => {
    return flexible + run.replaceAll(flexible, '') + flexible;
  });
}

type Hole = 'name' | 'arguments' | 'id' | 'index' | 'key' | 'value';

/** A text with holes as [literal, hole, literal, …, literal]. */
function pieces(form: string): { literals: string[]; holes: Hole[] } {
  const literals = [''];
  const holes: Hole[] = [];
  const pattern = /\$\$|\$(name|arguments|id|index|key|value)|[^$]+|\$/g;
  for (const [whole, hole] of form.matchAll(pattern)) {
    if (hole) {
      holes.push(hole as Hole);
      literals.push('');
    } else {
      literals[literals.length - 1] += whole === '$$' ? '$' : whole;
    }
  }
  return { literals, holes };
}

/**
 * The beginning of a call by which it is recognized inside of content; empty where there is none,
 * so that calls stand only at the start of the answer.
 */
export function triggerOf(prefix: string): string {
  return /^\s*(<[^<>\s]{2,}>?|\[[A-Z_]{3,}\]|[A-Za-z]{4,}:?)/.exec(prefix)?.[0] ?? '';
}

class Builder {
  readonly states: State[] = [];
  quote = '';

  constructor(private readonly format: ToolFormat) {}

  add(text: Text, mayEnd = false, length = 0, spelling: Spelling = 'json'): number {
    this.states.push({ text, mayEnd, length, spelling, branches: [] });
    return this.states.length - 1;
  }

  /** From state to state, by a text as the format's descriptor writes it. */
  link(from: number, text: string, to: number, flags = 0, isJson = false): void {
    const [before, after] = [from, to].map((state) => neighbour(this.states[state].text));
    const marker = mark(text, before, after, isJson);
    const { branches } = this.states[from];
    if (branches.some((other) => other.marker === marker)) return;
    branches.push({ marker, next: to, flags });
  }

  /** Content is what stands outside of everything else. */
  plain(): { start: number; reasoning: number; content: number } {
    const { reasoning, calls } = this.format;
    const start = this.add('none', true);
    const content = this.add('content', true);
    let inReasoning = start;
    let afterReasoning = start;
    if (reasoning) {
      inReasoning = this.add('reasoning');
      afterReasoning = this.add('none', true);
      if (!blank(reasoning.open)) {
        this.link(start, reasoning.open, inReasoning);
        // Models also write white space first.
        const spaced = `${flexible}${flexible}${this.states[start].branches[0].marker}`;
        this.states[start].branches[0].marker = spaced;
      }
      this.link(inReasoning, reasoning.close, afterReasoning);
    }
    const starts = [...new Set([start, afterReasoning])];
    for (const form of calls ?? []) this.callsFrom(content, starts, form);
    this.link(start, '', content);
    if (afterReasoning !== start) this.link(afterReasoning, '', content);
    return { start, reasoning: inReasoning, content };
  }

  private callsFrom(content: number, starts: number[], form: CallFormat): void {
    const after = this.add('none', blank(form.close));
    const call = new Call(this, form, after, false);
    const trigger = triggerOf(call.prefix);
    const rest = call.prefix.slice(trigger.length);
    if (trigger === '') {
      for (const start of starts) call.link(start, rest, call.first, opensCalls);
    } else {
      const known = this.target(content, trigger);
      const begun = known ?? (rest === '' ? call.first : this.add('none'));
      this.link(content, trigger, begun, opensCalls);
      if (begun !== call.first) call.link(begun, rest, call.first);
    }
    if (form.separator !== undefined) {
      call.link(after, form.separator + call.open, call.first, nextCall);
    }
    if (!blank(form.close)) {
      const closed = this.add('none', true);
      call.link(after, form.close, closed);
      this.link(closed, '', content, loose);
    }
    this.link(after, '', content, loose);
  }

  /** Each region has a header of its own. */
  regions(): { start: number; reasoning: number; content: number } {
    const { reasoning, content = [], calls, between = '' } = this.format;
    const start = this.add('none', true);
    const next = this.add('none', true);
    const region = (text: Text, { open, close }: Region) => {
      const state = this.add(text, text === 'content');
      this.link(start, open, state);
      if (!blank(close)) this.link(state, close, next);
      else if (!blank(between)) this.link(state, between, start);
      return state;
    };
    const inReasoning = reasoning ? region('reasoning', reasoning) : start;
    const contents = content.map((one) => region('content', one));
    for (const form of calls ?? []) this.callsInRegions(start, form, between);
    this.link(next, between, start);
    if (!blank(between)) this.link(next, '', contents[0], loose);
    this.link(start, '', contents[0], loose);
    return { start, reasoning: inReasoning, content: contents[0] };
  }

  /** Where a beginning of calls already leads. */
  private target(from: number, prefix: string): number | undefined {
    const plain = (text: string) => text.replaceAll(/[\x01\x02]/g, '');
    return this.states[from].branches.find(({ marker }) => plain(marker) === prefix)?.next;
  }

  private callsInRegions(start: number, form: CallFormat, between: string): void {
    const closes = !blank(form.close);
    const after = this.add('none', !closes);
    const call = new Call(this, form, after, true, (prefix) => this.target(start, prefix));
    call.link(start, call.prefix, call.first, opensCalls);
    if (form.separator !== undefined) {
      const next = closes ? call.open : between + call.prefix;
      call.link(after, form.separator + next, call.first, nextCall);
    }
    const closed = closes ? this.add('none', true) : after;
    if (closes) call.link(after, form.close, closed);
    this.link(closed, between, start, loose);
  }
}

/** The states of one form of a call. */
class Call {
  readonly first: number;
  /** The text before the first hole, without and with what stands before all calls. */
  readonly open: string;
  readonly prefix: string;
  private readonly isJson: boolean;

  constructor(
    private readonly builder: Builder,
    private readonly form: CallFormat,
    private readonly after: number,
    private readonly endsAnswer: boolean,
    known?: (prefix: string) => number | undefined,
  ) {
    if (form.quote) builder.quote = form.quote;
    this.isJson = form.call.includes('"$name"') && form.parameter === undefined;
    const { literals, holes } = pieces(form.call);
    this.open = literals[0];
    this.prefix = form.open + literals[0];
    // Forms that begin alike share the state of their beginning.
    const first = known?.(this.prefix);
    const states = holes.map((hole, i) => (i === 0 && first) || this.holeState(hole));
    this.first = states[0];
    holes.forEach((hole, i) => {
      if (hole === 'arguments' && form.parameter !== undefined) return;
      const [following, rest] = [literals[i + 1], literals[i + 2]];
      if (holes[i + 1] === 'arguments' && form.parameter !== undefined) {
        this.parameters(states[i], following, rest, form.parameter);
      } else if (i + 1 < holes.length) {
        this.link(states[i], following, states[i + 1]);
      } else {
        this.end(states[i], following);
      }
    });
  }

  link(from: number, text: string, to: number, flags = 0): void {
    this.builder.link(from, text, to, flags, this.isJson);
  }

  /** Where the last marker ends the answer, a call is complete without it, too. */
  private end(from: number, marker: string): void {
    this.link(from, marker, this.after, endsCall);
    if (this.endsAnswer && !blank(marker)) this.link(from, '', this.after, endsCall | loose);
  }

  private holeState(hole: Hole): number {
    if (hole === 'id') return this.builder.add('id', false, this.form.idLength ?? 0);
    if (hole === 'index') return this.builder.add('digits');
    if (hole === 'name') return this.builder.add('name');
    return this.form.parameter === undefined
      ? this.builder.add('arguments', false, 0, this.form.values)
      : -1; // key and value have states of their own
  }

  /** Pairs of key and value between `before` and `rest`. */
  private parameters(from: number, before: string, rest: string, parameter: string): void {
    const { builder, form } = this;
    const [open, middle, close] = pieces(parameter).literals;
    const key = builder.add('key');
    const isRaw = form.values === 'raw';
    const value = builder.add(isRaw ? 'raw' : 'value', false, 0, form.values);
    this.link(key, middle, value);
    const [first, prefix] = this.stepOver(from, before);
    this.link(first, prefix + rest, this.after, endsCall);
    this.link(first, prefix + open, key);
    const [next, ending] = this.stepOver(value, close);
    this.link(next, ending + rest, this.after, endsCall);
    this.link(next, ending + (form.parameterSeparator ?? '') + open, key);
  }

  /** The state behind a marker, or where it is blank the state itself and the marker. */
  private stepOver(from: number, marker: string): [number, string] {
    if (blank(marker)) return [from, marker];
    const next = this.builder.add('none');
    this.link(from, marker, next);
    return [next, ''];
  }
}

const spellingCodes: Record<Spelling, number> = { json: 0, raw: 0, python: 1, quoted: 2 };
const version = 1;

/** The bytes of runtime/host/answer_table.h. */
export function answerTable(format: ToolFormat): Uint8Array {
  const builder = new Builder(format);
  const { start, reasoning, content } = format.content ? builder.regions() : builder.plain();
  const bytes: number[] = [];
  const push = (text: string) => bytes.push(...new TextEncoder().encode(text));
  const quote = new TextEncoder().encode(builder.quote);
  bytes.push(version, builder.states.length, start, reasoning, content);
  bytes.push(quote.length, ...quote);
  for (const state of builder.states) {
    bytes.push(
      texts.indexOf(state.text),
      Number(state.mayEnd),
      state.length,
      spellingCodes[state.spelling],
      state.branches.length,
    );
    for (const { marker, next, flags } of state.branches) {
      const { length } = new TextEncoder().encode(marker);
      bytes.push(next, flags, length & 255, length >> 8);
      push(marker);
    }
  }
  return Uint8Array.from(bytes);
}
