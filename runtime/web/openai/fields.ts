// SPDX-License-Identifier: Apache-2.0
// The fields of requests: one row each, with what it may be. A field that is not here, or that asks
// for what the engine cannot do, is an error that names it.
import {
  aboveZero,
  checkFields,
  either,
  type Fields,
  flag,
  integer,
  list,
  map,
  number,
  object,
  oneOf,
  record,
  text,
  unsupported,
  variant,
} from './checks.ts';
import type { ChatCompletionRequest, CompletionRequest, EmbeddingRequest } from './types.ts';

const maxChoices = 128;
const maxMessages = 100_000;
const maxTools = 1024;

const content = either(
  text,
  list(
    variant('type', {
      text: object({ type: text, text }, 'text'),
      refusal: object({ type: text, refusal: text }, 'refusal'),
      image_url: unsupported('this engine takes text only'),
      input_audio: unsupported('this engine takes text only'),
      file: unsupported('this engine takes text only'),
    }),
    4096,
  ),
);

const toolCall = object(
  {
    id: text,
    type: oneOf('function'),
    function: object({ name: text, arguments: text }, 'name', 'arguments'),
  },
  'function',
);

const message = variant('role', {
  system: object({ role: text, content, name: text }, 'content'),
  developer: object({ role: text, content, name: text }, 'content'),
  user: object({ role: text, content, name: text }, 'content'),
  assistant: object({
    role: text,
    content,
    name: text,
    refusal: text,
    reasoning_content: text,
    tool_calls: list(toolCall, 1024),
    audio: unsupported('this engine writes text only'),
    function_call: unsupported('use tool_calls'),
  }),
  tool: object({ role: text, content, tool_call_id: text, name: text }, 'content', 'tool_call_id'),
  function: unsupported('use the role tool'),
});

const tool = variant('type', {
  function: object(
    {
      type: text,
      function: object({ name: text, description: text, parameters: record, strict: flag }, 'name'),
    },
    'function',
  ),
  custom: unsupported('use functions'),
});

const toolChoice = either(
  oneOf('none', 'auto', 'required'),
  object({ type: oneOf('function'), function: object({ name: text }, 'name') }, 'function'),
);

const responseFormat = variant('type', {
  text: object({ type: text }),
  json_object: object({ type: text, schema: either(text, record) }),
  json_schema: object(
    {
      type: text,
      json_schema: object({ name: text, description: text, schema: record, strict: flag }, 'name'),
    },
    'json_schema',
  ),
  grammar: object({ type: text, grammar: text }, 'grammar'),
  structural_tag: object({ type: text, structural_tag: either(text, record) }, 'structural_tag'),
});

const extraBody: Fields = {
  enable_thinking: flag,
  enable_latency_breakdown: unsupported('usage.extra has the timings that there are', false),
  resumable: unsupported('generations are not kept on disk', false),
};

const sampling: Fields = {
  model: text,
  temperature: number(0),
  top_p: number(0, 1),
  top_k: integer(-1),
  min_p: number(0, 1),
  typical_p: number(0, 1),
  frequency_penalty: number(-2, 2),
  presence_penalty: number(-2, 2),
  repetition_penalty: aboveZero,
  max_tokens: integer(0),
  min_tokens: integer(0),
  n: integer(1, maxChoices),
  seed: integer(-Number.MAX_SAFE_INTEGER),
  stop: either(text, list(text, 16)),
  stream: flag,
  stream_options: object({ include_usage: flag, include_obfuscation: unsupported('', false) }),
  logit_bias: map(number(-100, 100)),
  ignore_eos: flag,
  user: text, // names the caller to a service; asks nothing of the model
};

const chatFields: Fields = {
  ...sampling,
  ...extraBody,
  messages: list(message, maxMessages, 1),
  max_completion_tokens: integer(0),
  logprobs: flag,
  top_logprobs: integer(0, 20),
  response_format: responseFormat,
  tools: list(tool, maxTools),
  tool_choice: toolChoice,
  parallel_tool_calls: flag,
  reasoning_effort: text,
  documents: list(record, 4096),
  extra_body: object(extraBody),
  metadata: map(text), // labels for a service, as `user`
  store: unsupported('nothing is stored', false),
  service_tier: unsupported('there is no service', 'auto', 'default'),
  modalities: unsupported('this engine writes text only', ['text']),
  audio: unsupported('this engine writes text only'),
  prediction: unsupported('predicted outputs are not used'),
  functions: unsupported('use tools'),
  function_call: unsupported('use tool_choice'),
  web_search_options: unsupported('the engine reaches no network'),
};

const ids = list(integer(0), 1 << 20);

const completionFields: Fields = {
  ...sampling,
  prompt: either(text, ids, list(text, maxChoices), list(ids, maxChoices)),
  echo: flag,
  best_of: unsupported('use n', 1),
  suffix: unsupported('the model is not asked to fill in'),
  logprobs: either(flag, integer(0, 20)),
  top_logprobs: integer(0, 20),
  extra_body: object(extraBody),
};

const embeddingFields: Fields = {
  model: text,
  input: either(text, ids, list(text, 2048), list(ids, 2048)),
  encoding_format: oneOf('float', 'base64'),
  dimensions: integer(1),
  user: text,
};

/** The request without what is null, and with what `extra_body` holds. */
function read<T>(fields: Fields, required: string, request: unknown): T {
  record(request, 'the request');
  checkFields(fields, request as object, [required]);
  const { extra_body: extra, ...own } = request as Record<string, unknown>;
  const all = Object.entries({ ...(extra as object | undefined), ...own });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as T;
}

export const readChatRequest = (request: unknown) =>
  read<ChatCompletionRequest>(chatFields, 'messages', request);

export const readCompletionRequest = (request: unknown) =>
  read<CompletionRequest>(completionFields, 'prompt', request);

export const readEmbeddingRequest = (request: unknown) =>
  read<EmbeddingRequest>(embeddingFields, 'input', request);

/** The names of chatFields, for tests and tables. */
export const chatFieldNames = Object.keys(chatFields);
