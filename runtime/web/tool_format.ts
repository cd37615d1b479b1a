// SPDX-License-Identifier: Apache-2.0
// ToolFormat: how a model writes reasoning and tool calls. deriveToolFormat (tool_format_probe.ts)
// finds it out from the model's chat template; where that cannot show it, the compiler puts a
// format of frontends/tool_formats into the bundle. answer_table.ts turns it into the table that
// parses answers and constrains them.
//
//   { reasoning: { open: '<think>\n', close: '\n</think>\n\n' },
//     calls: [{
//       open: '', close: '', separator: '\n', values: 'json',
//       call: '<tool_call>\n{"name": "$name", "arguments": $arguments}\n</tool_call>',
//     }] }
import type { Json } from './json.ts';

export interface Region {
  open: string;
  close: string;
}

/** How the values of arguments are written. */
export type Spelling =
  | 'json'
  | 'raw' // strings as they are, other values as JSON
  | 'python'
  | 'quoted'; // strings between `quote`, keys bare

export interface CallFormat {
  /** Before the first call, after the last one, between two; no separator: one call only. */
  open: string;
  close: string;
  separator?: string | undefined;
  /** A call, with the holes $name, $arguments, $id (letters and digits) and $index (a number). */
  call: string;
  /** In place of $arguments, as often as there are arguments; with the holes $key and $value. */
  parameter?: string | undefined;
  parameterSeparator?: string | undefined;
  values: Spelling;
  quote?: string | undefined;
  /** Characters of an $id; any number when left out. */
  idLength?: number | undefined;
}

export interface ToolFormat {
  reasoning?: Region | undefined;
  /** Where content stands; when left out, it is what stands outside of reasoning and calls. */
  content?: Region[] | undefined;
  /** Stands before each region but the first: a new header of the same answer. */
  between?: string | undefined;
  /** The first is what a constraint asks for; the others are read, too. */
  calls?: CallFormat[] | undefined;
}

const spellings = ['json', 'raw', 'python', 'quoted'] as const;

const optionalText = (place: Json) => (place.isNull() ? undefined : place.string());

function readCalls(calls: Json): CallFormat {
  const length = calls.field('id_length');
  return {
    open: calls.field('open').string(),
    close: calls.field('close').string(),
    separator: optionalText(calls.field('separator')),
    call: calls.field('call').string(),
    parameter: optionalText(calls.field('parameter')),
    parameterSeparator: optionalText(calls.field('parameter_separator')),
    values: calls.field('values').oneOf(spellings),
    quote: optionalText(calls.field('quote')),
    idLength: length.isNull() ? undefined : length.integer(1, 64),
  };
}

/** The format that a bundle carries: what it says of `derived` to say otherwise. */
export function readToolFormat(json: Json): ToolFormat {
  const region = (place: Json): Region => ({
    open: place.field('open').string(),
    close: place.field('close').string(),
  });
  const [reasoning, content, calls] = ['reasoning', 'content', 'calls'].map((key) =>
    json.field(key),
  );
  return {
    reasoning: reasoning.isNull() ? undefined : region(reasoning),
    content: content.isNull() ? undefined : content.map(region, 8),
    between: optionalText(json.field('between')),
    calls: calls.isNull() ? undefined : calls.map(readCalls, 8),
  };
}

/** Whether an answer to this prompt starts inside the reasoning. */
export function opensReasoning(format: ToolFormat, prompt: string): boolean {
  const open = format.reasoning?.open.trim();
  return open !== undefined && open !== '' && prompt.trimEnd().endsWith(open);
}
