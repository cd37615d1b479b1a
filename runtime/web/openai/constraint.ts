// SPDX-License-Identifier: Apache-2.0
// What a request demands of its answer, as the source of a grammar: response_format, and calls of
// tools where they are required or strict.
import { answerConstraint } from '../chat/answer_constraint.ts';
import { RequestError } from '../errors.ts';
import type { GrammarSource } from '../host/grammar.ts';
import type { ChatPrompt } from './prompt.ts';
import { calledTools } from './prompt.ts';
import type { ChatCompletionRequest, ResponseFormat } from './types.ts';

/** Undefined: the answer is free. `table`: what takes it apart, where there is something to. */
export function constraintOf(
  request: ChatCompletionRequest,
  { reasoningOpen }: ChatPrompt,
  table: Uint8Array | undefined,
): GrammarSource | undefined {
  const format = request.response_format;
  const tools = calledTools(request);
  const content = contentSchema(format);
  const free = content === undefined && !(tools && mustConstrain(request));
  if (format && (format.type === 'grammar' || format.type === 'structural_tag')) {
    if (table) {
      throw new RequestError(
        `response_format ${format.type} is about the whole answer, which here has reasoning or ` +
          'calls of tools as well; ask for neither, or use json_schema',
        'response_format',
      );
    }
    return format.type === 'grammar'
      ? { gbnf: format.grammar }
      : { structuralTag: format.structural_tag };
  }
  if (free) return undefined;
  if (!table) return content === anyObject ? { json: 'object' } : { schema: content };
  const answers = answerConstraint(table, {
    tools,
    toolChoice: tools && request.tool_choice,
    parallelToolCalls: request.parallel_tool_calls,
    reasoningOpen,
    content,
  });
  return { answers };
}

/** `auto` leaves the model free to answer, and to call as it pleases unless a tool is strict. */
function mustConstrain({ tool_choice, tools }: ChatCompletionRequest): boolean {
  if (tool_choice !== undefined && tool_choice !== 'auto') return true;
  return tools!.some((tool) => tool.function.strict === true);
}

const anyObject = { type: 'object' };

function contentSchema(format: ResponseFormat | undefined): unknown {
  if (format?.type === 'json_schema') return format.json_schema.schema ?? {};
  if (format?.type !== 'json_object') return undefined;
  const { schema } = format;
  if (schema === undefined || schema === null) return anyObject;
  if (typeof schema !== 'string') return schema;
  try {
    return JSON.parse(schema);
  } catch (error) {
    const reason = (error as Error).message;
    throw new RequestError(
      `response_format.schema is not JSON: ${reason}`,
      'response_format.schema',
    );
  }
}
