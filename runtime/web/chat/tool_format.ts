// SPDX-License-Identifier: Apache-2.0
// ToolFormat: how a model writes reasoning and tool calls. deriveToolFormat (tool_format_probe.ts)
// finds it out from the model's chat template; where that cannot show it, the compiler puts a
// format of frontends/tool_formats into the bundle, or what the model's response_template says.
// answer_table.ts turns it into the table that parses answers and constrains them.
//
//   { reasoning: { open: '<think>\n', close: '\n</think>\n\n' },
//     calls: [{
//       open: '', close: '', separator: '\n', values: 'json',
//       call: '<tool_call>\n{"name": "$name", "arguments": $arguments}\n</tool_call>',
//     }] }
import type { Json } from '../json.ts';

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

function readRegion(region: Json): Region {
  return { open: region.field('open').string(), close: region.field('close').string() };
}

/** What a bundle says of the format; it holds only what is said. */
export function readToolFormat(json: Json): ToolFormat {
  const [reasoning, content, between, calls] = ['reasoning', 'content', 'between', 'calls'].map(
    (key) => json.field(key),
  );
  return {
    ...(!reasoning.isNull() && { reasoning: readRegion(reasoning) }),
    ...(!content.isNull() && { content: content.map(readRegion, 8) }),
    ...(!between.isNull() && { between: between.string() }),
    ...(!calls.isNull() && { calls: calls.map(readCalls, 8) }),
  };
}

/** Whether an answer to this prompt starts inside the reasoning. */
export function opensReasoning(format: ToolFormat, prompt: string): boolean {
  const open = format.reasoning?.open.trim();
  return open !== undefined && open !== '' && prompt.trimEnd().endsWith(open);
}
