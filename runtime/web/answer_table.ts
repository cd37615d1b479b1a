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
  private readonly isJson: boolean;

  constructor(private readonly format: ToolFormat) {
    this.isJson = format.calls?.call[0].includes('"$name"') ?? false;
  }

  add(text: Text, mayEnd = false, length = 0): number {
    this.states.push({ text, mayEnd, length, branches: [] });
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

  /** The same for a part of a call. */
  linkCall(from: number, text: string, to: number, flags = 0): void {
    this.link(from, text, to, flags, this.isJson);
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
    if (calls) this.callsFrom(content, [...new Set([start, afterReasoning])], calls);
    this.link(start, '', content);
    if (afterReasoning !== start) this.link(afterReasoning, '', content);
    return { start, reasoning: inReasoning, content };
  }

  private callsFrom(content: number, starts: number[], calls: CallFormat): void {
    const after = this.add('none', blank(calls.close));
    for (const form of calls.call) {
      const first = this.firstHole(form, calls, after);
      const prefix = calls.open + pieces(form).literals[0];
      const trigger = triggerOf(prefix);
      if (trigger === '') {
        for (const start of starts) this.linkCall(start, prefix, first, opensCalls);
      } else {
        const rest = prefix.slice(trigger.length);
        const begun = rest === '' ? first : this.stateAfter(content, trigger);
        this.link(content, trigger, begun, opensCalls);
        if (rest !== '') this.linkCall(begun, rest, first);
      }
      if (calls.separator !== undefined) {
        this.linkCall(after, calls.separator + pieces(form).literals[0], first, nextCall);
      }
    }
    this.closeCalls(after, content, calls.close);
  }

  /** Where the trigger already leads, for another form of a call. */
  private stateAfter(content: number, trigger: string): number {
    const marker = mark(trigger, 'text', 'structure', false);
    const known = this.states[content].branches.find((branch) => branch.marker === marker);
    return known?.next ?? this.add('none');
  }

  private closeCalls(after: number, content: number, close: string): void {
    if (!blank(close)) {
      const closed = this.add('none', true);
      this.linkCall(after, close, closed);
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
    if (!blank(between)) this.link(next, between, start);
    if (calls) this.callsInRegions(start, calls, between);
    this.link(next, '', contents[0], loose);
    this.link(start, '', contents[0], loose);
    return { start, reasoning: inReasoning, content: contents[0] };
  }

  private callsInRegions(start: number, calls: CallFormat, between: string): void {
    const after = this.add('none', true);
    for (const form of calls.call) {
      const first = this.firstHole(form, calls, after);
      const prefix = calls.open + pieces(form).literals[0];
      this.linkCall(start, prefix, first, opensCalls);
      if (calls.separator !== undefined) {
        this.linkCall(after, calls.separator + between + prefix, first, nextCall);
      }
    }
    if (!blank(between)) this.link(after, between, start, loose);
  }

  /** The states of one form of a call; its beginning is up to the caller. */
  private firstHole(form: string, calls: CallFormat, after: number): number {
    const { literals, holes } = pieces(form);
    const states = holes.map((hole) => this.holeState(hole, calls));
    holes.forEach((hole, i) => {
      const [following, isLast] = [literals[i + 1], i + 1 === holes.length];
      if (hole === 'arguments' && calls.parameter !== undefined) return;
      if (holes[i + 1] === 'arguments' && calls.parameter !== undefined) {
        const rest = literals[i + 2];
        this.parameters(
          states[i],
          following,
          rest,
          calls,
          i + 2 === holes.length ? after : states[i + 2],
        );
      } else if (!isLast) {
        this.linkCall(states[i], following, states[i + 1]);
      } else {
        this.endCall(states[i], following, after);
      }
    });
    return states[0];
  }

  /** A call whose last marker is the end of the answer is complete without it, too. */
  private endCall(from: number, marker: string, after: number): void {
    this.linkCall(from, marker, after, endsCall);
    if (this.format.content && !blank(marker)) this.link(from, '', after, endsCall | loose);
  }

  private holeState(hole: Hole, calls: CallFormat): number {
    if (hole === 'id') return this.add('id', false, calls.idLength ?? 0);
    if (hole === 'index') return this.add('digits');
    if (hole === 'arguments') return calls.parameter === undefined ? this.add('value') : -1;
    return this.add(hole === 'value' && calls.values === 'raw' ? 'raw' : hole);
  }

  /** Pairs of key and value between `before` and `rest`. */
  private parameters(
    from: number,
    before: string,
    rest: string,
    calls: CallFormat,
    after: number,
  ): void {
    const [open, middle, close] = pieces(calls.parameter ?? '').literals;
    const separator = calls.parameterSeparator ?? '';
    const key = this.add('key');
    const value = this.add(calls.values === 'raw' ? 'raw' : 'value');
    this.link(key, middle, value);
    let first = from;
    let prefix = before;
    if (!blank(before)) {
      first = this.add('none');
      this.link(from, before, first);
      prefix = '';
    }
    this.endCall(first, prefix + rest, after);
    this.link(first, prefix + open, key);
    let next = value;
    let ending = close;
    if (!blank(close)) {
      next = this.add('none');
      this.link(value, close, next);
      ending = '';
    }
    this.endCall(next, ending + rest, after);
    this.link(next, ending + separator + open, key);
  }
}

const spellingCodes: Record<Spelling, number> = { json: 0, raw: 0, python: 1, quoted: 2 };
const version = 1;

/** The bytes of runtime/host/answer_table.h. */
export function answerTable(format: ToolFormat): Uint8Array {
  const builder = new Builder(format);
  const { start, reasoning, content } = format.content ? builder.regions() : builder.plain();
  const { calls } = format;
  const bytes: number[] = [];
  const push = (text: string) => bytes.push(...new TextEncoder().encode(text));
  const quote = new TextEncoder().encode(calls?.quote ?? '');
  bytes.push(version, builder.states.length, start, reasoning, content);
  bytes.push(calls?.parameter === undefined ? 0 : 1, spellingCodes[calls?.values ?? 'json']);
  bytes.push(quote.length, ...quote);
  for (const state of builder.states) {
    bytes.push(
      texts.indexOf(state.text),
      Number(state.mayEnd),
      state.length,
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
