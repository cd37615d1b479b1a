// SPDX-License-Identifier: Apache-2.0
// Requests and responses in the shapes of OpenAI's API, with the fields that WebLLM and other
// engines add. The types of the npm package `openai` accept them (tests/runtime/web/types).

export interface TextPart {
  type: 'text';
  text: string;
}

export interface ToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

export interface SystemMessage {
  role: 'system' | 'developer';
  content: string | TextPart[];
  name?: string;
}

export interface UserMessage {
  role: 'user';
  content: string | TextPart[];
  name?: string;
}

export interface AssistantMessage {
  role: 'assistant';
  content?: string | TextPart[] | null;
  reasoning_content?: string | null;
  refusal?: string | null;
  name?: string;
  tool_calls?: ToolCall[];
}

export interface ToolMessage {
  role: 'tool';
  content: string | TextPart[];
  tool_call_id: string;
}

export type ChatCompletionMessageParam =
  SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface ChatCompletionTool {
  type: 'function';
  function: {
    name: string;
    description?: string;
    parameters?: Record<string, unknown>;
    strict?: boolean | null;
  };
}

export type ChatCompletionToolChoiceOption =
  'none' | 'auto' | 'required' | { type: 'function'; function: { name: string } };

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object'; schema?: string | Record<string, unknown> }
  | {
      type: 'json_schema';
      json_schema: {
        name: string;
        description?: string;
        schema?: Record<string, unknown>;
        strict?: boolean | null;
      };
    }
  | { type: 'grammar'; grammar: string }
  | { type: 'structural_tag'; structural_tag: string | Record<string, unknown> };

/** What chat and text requests have in common. */
export interface SamplingFields {
  model?: string | null;
  temperature?: number | null;
  top_p?: number | null;
  top_k?: number | null;
  min_p?: number | null;
  typical_p?: number | null;
  frequency_penalty?: number | null;
  presence_penalty?: number | null;
  repetition_penalty?: number | null;
  max_tokens?: number | null;
  min_tokens?: number | null;
  n?: number | null;
  seed?: number | null;
  stop?: string | string[] | null;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean } | null;
  logit_bias?: Record<string, number> | null;
  ignore_eos?: boolean | null;
  user?: string;
}

/** Fields that WebLLM and the Python client pass in `extra_body`. */
export interface ExtraBody {
  enable_thinking?: boolean | null;
  enable_latency_breakdown?: boolean | null;
}

export interface ChatCompletionRequest extends SamplingFields, ExtraBody {
  messages: ChatCompletionMessageParam[];
  max_completion_tokens?: number | null;
  logprobs?: boolean | null;
  top_logprobs?: number | null;
  response_format?: ResponseFormat;
  tools?: ChatCompletionTool[];
  tool_choice?: ChatCompletionToolChoiceOption;
  parallel_tool_calls?: boolean;
  reasoning_effort?: string | null;
  documents?: Record<string, unknown>[] | null;
  metadata?: Record<string, string> | null;
  store?: boolean | null;
  extra_body?: ExtraBody | null;
}

export type ChatCompletionRequestStreaming = ChatCompletionRequest & { stream: true };
export type ChatCompletionRequestNonStreaming = ChatCompletionRequest & { stream?: false | null };

export interface TopLogprob {
  token: string;
  logprob: number;
  bytes: number[] | null;
}

export interface ChatCompletionTokenLogprob extends TopLogprob {
  top_logprobs: TopLogprob[];
}

export interface Logprobs {
  content: ChatCompletionTokenLogprob[] | null;
  refusal: ChatCompletionTokenLogprob[] | null;
}

/** WebLLM adds `abort`: interruptGenerate was called. */
export type ChatFinishReason = 'stop' | 'length' | 'tool_calls' | 'abort';

export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
  completion_tokens_details?: { reasoning_tokens: number };
  /** Of the whole request, choices running side by side counted as one. */
  extra: {
    e2e_latency_s: number;
    prefill_tokens_per_s: number;
    decode_tokens_per_s: number;
    time_to_first_token_s: number;
    time_per_output_token_s: number;
    /** Compiling the grammar, and all of its masks by token. */
    grammar_init_s?: number;
    grammar_per_token_s?: number;
  };
}

export interface ChatCompletionMessage {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  reasoning_content?: string;
  tool_calls?: ToolCall[];
}

export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  system_fingerprint: string;
  choices: {
    index: number;
    message: ChatCompletionMessage;
    logprobs: Logprobs | null;
    finish_reason: ChatFinishReason;
  }[];
  usage: CompletionUsage;
}

export interface ToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
}

export interface ChatCompletionDelta {
  role?: 'assistant';
  content?: string | null;
  reasoning_content?: string;
  tool_calls?: ToolCallDelta[];
}

export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  system_fingerprint: string;
  choices: {
    index: number;
    delta: ChatCompletionDelta;
    logprobs: Logprobs | null;
    finish_reason: ChatFinishReason | null;
  }[];
  usage?: CompletionUsage | null;
}

export interface CompletionRequest extends SamplingFields {
  prompt: string | string[] | number[] | number[][];
  echo?: boolean | null;
  best_of?: number | null;
  /** A number as OpenAI has it, or WebLLM's flag. */
  logprobs?: number | boolean | null;
  top_logprobs?: number | null;
  extra_body?: ExtraBody | null;
}
export type CompletionRequestStreaming = CompletionRequest & { stream: true };
export type CompletionRequestNonStreaming = CompletionRequest & { stream?: false | null };

/** OpenAI's for a number; WebLLM's, which is that of chats, for `logprobs: true`. */
export interface CompletionLogprobs {
  tokens?: string[];
  token_logprobs?: number[];
  top_logprobs?: Record<string, number>[];
  text_offset?: number[];
  content?: ChatCompletionTokenLogprob[];
}

export interface Completion {
  id: string;
  object: 'text_completion';
  created: number;
  model: string;
  system_fingerprint: string;
  choices: {
    index: number;
    text: string;
    logprobs: CompletionLogprobs | null;
    finish_reason: ChatFinishReason | null;
  }[];
  usage?: CompletionUsage | null;
}

export interface EmbeddingRequest {
  input: string | string[] | number[] | number[][];
  model?: string | null;
  encoding_format?: 'float' | 'base64';
  dimensions?: number;
  user?: string;
}

export interface CreateEmbeddingResponse {
  object: 'list';
  data: { object: 'embedding'; index: number; embedding: number[] }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}

export interface RequestOptions {
  /** Stops this request; it is rejected with AbortedError. */
  signal?: AbortSignal | null | undefined;
}

export interface ChatCompletionsApi {
  create(
    request: ChatCompletionRequestStreaming,
    options?: RequestOptions,
  ): Promise<AsyncIterable<ChatCompletionChunk>>;
  create(
    request: ChatCompletionRequestNonStreaming,
    options?: RequestOptions,
  ): Promise<ChatCompletion>;
  create(
    request: ChatCompletionRequest,
    options?: RequestOptions,
  ): Promise<ChatCompletion | AsyncIterable<ChatCompletionChunk>>;
}

export interface CompletionsApi {
  create(
    request: CompletionRequestStreaming,
    options?: RequestOptions,
  ): Promise<AsyncIterable<Completion>>;
  create(request: CompletionRequestNonStreaming, options?: RequestOptions): Promise<Completion>;
  create(
    request: CompletionRequest,
    options?: RequestOptions,
  ): Promise<Completion | AsyncIterable<Completion>>;
}

export interface EmbeddingsApi {
  create(request: EmbeddingRequest, options?: RequestOptions): Promise<CreateEmbeddingResponse>;
}
