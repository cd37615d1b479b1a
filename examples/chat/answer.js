// SPDX-License-Identifier: Apache-2.0
// From messages to the next ones, as they are written. This is all that concerns the model.
import { call, tools } from './demos.js';

const mostRounds = 4;

/** A message of this page as the API wants it. */
function toApi({ role, content, schema, tool_calls, tool_call_id }) {
  if (role === 'user') return { role, content: schema ? `${content}\n${schema}` : content };
  if (role === 'tool') return { role, content, tool_call_id };
  return { role, content, ...(tool_calls?.length && { tool_calls }) };
}

function requestFor(messages, { mode, schema, system, temperature, most }) {
  const given = messages.filter(({ error }) => !error).map(toApi);
  return {
    messages: system ? [{ role: 'system', content: system }, ...given] : given,
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    ...(most !== undefined && { max_tokens: most }),
    ...(mode === 'tools' && { tools }),
    ...(mode === 'json' && {
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', schema: JSON.parse(schema), strict: true },
      },
    }),
  };
}

/**
 * Appends to `messages` what the model answers, and the results of functions that it calls. Yields
 * each message whenever there is more of it, and at the end of an answer what it has cost.
 */
export async function* answer(engine, messages, options) {
  for (let round = 0; round < mostRounds; round++) {
    const request = requestFor(messages, options);
    const message = {
      role: 'assistant',
      content: '',
      tool_calls: [],
      json: options.mode === 'json',
    };
    messages.push(message);
    yield { message };
    const { signal } = options;
    for await (const { choices, usage } of await engine.chat.completions.create(request, {
      signal,
    })) {
      if (choices[0]) add(message, choices[0].delta);
      yield { message, usage };
    }
    if (message.tool_calls.length === 0) return;
    for (const { id, function: wanted } of message.tool_calls) {
      const content = call(wanted.name, wanted.arguments);
      messages.push({ role: 'tool', content, tool_call_id: id });
      yield { message: messages.at(-1) };
    }
  }
}

function add(message, { content, reasoning_content, tool_calls }) {
  message.content += content ?? '';
  if (reasoning_content) message.reasoning = (message.reasoning ?? '') + reasoning_content;
  for (const { index, ...call } of tool_calls ?? []) {
    const known = message.tool_calls[index];
    if (known) known.function.arguments += call.function.arguments;
    else message.tool_calls[index] = structuredClone(call);
  }
}
