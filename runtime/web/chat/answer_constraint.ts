// SPDX-License-Identifier: Apache-2.0
// What a grammar has to know to hold an answer to a tool format: the text of Language::answers in
// runtime/grammar/compile.h.
//
//   grammars.compile({ answers: answerConstraint(table, { tools, toolChoice: 'required' }) });
import type { Tool } from '../host/answer_parser.ts';

/** tool_choice of the API: a tool by name, or how far tools may be called. */
export type ToolChoice =
  'auto' | 'none' | 'required' | { type?: 'function'; function: { name: string } };

export interface AnswerRequest {
  tools?: readonly Tool[] | undefined;
  toolChoice?: ToolChoice | undefined;
  parallelToolCalls?: boolean | undefined;
  /** The prompt ended inside the reasoning. */
  reasoningOpen?: boolean | undefined;
  /** The JSON schema of content: response_format. */
  content?: unknown;
}

/** `table`: what answerTable made of the format. */
export function answerConstraint(table: Uint8Array, request: AnswerRequest): unknown {
  const { tools = [], toolChoice, parallelToolCalls, reasoningOpen, content } = request;
  const choice = toolChoice ?? (tools.length > 0 ? 'auto' : 'none');
  return {
    table: Array.from(table),
    tools,
    tool_choice: typeof choice === 'string' ? choice : { name: choice.function.name },
    parallel_tool_calls: parallelToolCalls ?? true,
    reasoning_open: reasoningOpen ?? false,
    ...(content !== undefined && { content }),
  };
}
