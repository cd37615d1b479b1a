// SPDX-License-Identifier: Apache-2.0
// Every name that @mlc-ai/web-llm 0.2.86 exports and every field of its types, against ours: values are
// counted by name, what applications write is taken, what they read is there. What is left out stands
// in the table of runtime/web/README.md as well: sessions on disk, own messages to workers, pictures.
import type * as ours from '../../../../runtime/web/index.ts';

type Assignable<From, To> = [From] extends [To] ? true : false;
const holds = <_T extends true>() => {};

type Values =
  | 'MLCEngine'
  | 'CreateMLCEngine'
  | 'WebWorkerMLCEngineHandler'
  | 'WebWorkerMLCEngine'
  | 'CreateWebWorkerMLCEngine'
  | 'ServiceWorkerMLCEngineHandler'
  | 'ServiceWorkerMLCEngine'
  | 'CreateServiceWorkerMLCEngine'
  | 'ExtensionServiceWorkerMLCEngineHandler'
  | 'ExtensionServiceWorkerMLCEngine'
  | 'CreateExtensionServiceWorkerMLCEngine'
  | 'hasModelInCache'
  | 'deleteModelInCache'
  | 'deleteModelAllInfoInCache'
  | 'deleteModelWasmInCache'
  | 'deleteChatConfigInCache'
  | 'prebuiltAppConfig'
  | 'modelVersion'
  | 'modelLibURLPrefix'
  | 'functionCallingModelIds'
  | 'ModelType'
  | 'verifyIntegrity'
  | 'isValidSRI'
  | 'IntegrityError'
  | 'MODEL_PACKAGE_MANIFEST_FILENAME'
  | 'TENSOR_CACHE_MANIFEST_FILENAME'
  | 'ARTIFACT_SCHEMA_VERSION'
  | 'Chat'
  | 'Completions'
  | 'Embeddings'
  | 'ChatCompletionRequestUnsupportedFields'
  | 'postInitAndCheckFieldsChatCompletion'
  | 'postInitAndCheckFieldsCompletion'
  | 'postInitAndCheckFieldsEmbedding';

/** Types by name: each line fails to compile where there is none. */
export type Names = [
  ours.ModelRecord,
  ours.AppConfig,
  ours.OPFSAccessMode,
  ours.ChatOptions,
  ours.MLCEngineConfig,
  ours.GenerationConfig,
  ours.ModelIntegrity,
  ours.SRIString,
  ours.FileIntegrityMap,
  ours.ModelPackageManifest,
  ours.CompiledProgramArtifact,
  ours.InitProgressCallback,
  ours.InitProgressReport,
  ours.MLCEngineInterface,
  ours.LogitProcessor,
  ours.LogLevel,
  ours.WorkerRequest,
  ours.WorkerResponse,
  ours.ChatCompletionRequest,
  ours.ChatCompletionRequestStreaming,
  ours.ChatCompletionRequestNonStreaming,
  ours.ChatCompletion,
  ours.ChatCompletionChunk,
  ours.ChatCompletionMessage,
  ours.ChatCompletionMessageParam,
  ours.ChatCompletionSystemMessageParam,
  ours.ChatCompletionUserMessageParam,
  ours.ChatCompletionAssistantMessageParam,
  ours.ChatCompletionToolMessageParam,
  ours.ChatCompletionContentPartText,
  ours.ChatCompletionMessageToolCall,
  ours.ChatCompletionTool,
  ours.ChatCompletionToolChoiceOption,
  ours.ChatCompletionTokenLogprob,
  ours.ResponseFormat,
  ours.CompletionUsage,
  ours.Completion,
  ours.CompletionCreateParams,
  ours.CompletionCreateParamsStreaming,
  ours.CompletionCreateParamsNonStreaming,
  ours.CreateEmbeddingResponse,
  ours.EmbeddingCreateParams,
];

// --- what applications write: all fields given ---------------------------------------------------

interface Integrity {
  config: string;
  model_lib: string;
  tokenizer: Record<string, string>;
  onFailure: 'error' | 'warn';
}

/** The read part of mlc-chat-config.json. */
interface ChatConfig {
  tokenizer_files: string[];
  tokenizer_info: {
    token_postproc_method: string;
    prepend_space_in_encode: boolean;
    strip_space_in_decode: boolean;
  };
  token_table_postproc_method: string;
  vocab_size: number;
  conv_config: object;
  conv_template: string;
  context_window_size: number;
  sliding_window_size: number;
  attention_sink_size: number;
  max_history_size: number;
  repetition_penalty: number;
  frequency_penalty: number;
  presence_penalty: number;
  top_p: number;
  temperature: number;
  bos_token_id: number;
  model_type: string;
  model_config: object;
}

interface Record_ {
  model: string;
  model_id: string;
  model_lib: string;
  overrides: Partial<ChatConfig>;
  vram_required_MB: number;
  low_resource_required: boolean;
  buffer_size_required_bytes: number;
  required_features: string[];
  model_type: ours.ModelType;
  integrity: Integrity;
}

interface Config {
  appConfig: {
    model_list: Record_[];
    cacheBackend: 'cache' | 'indexeddb' | 'cross-origin' | 'opfs';
    opfsAccessMode: 'async' | 'sync' | 'auto';
  };
  initProgressCallback: (report: { progress: number; timeElapsed: number; text: string }) => void;
  logitProcessorRegistry: Map<
    string,
    {
      processLogits(logits: Float32Array): Float32Array;
      processSampledToken(token: number): void;
      resetState(): void;
    }
  >;
  logLevel: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';
}

interface Sampling {
  model: string | null;
  temperature: number | null;
  top_p: number | null;
  frequency_penalty: number | null;
  presence_penalty: number | null;
  repetition_penalty: number | null;
  max_tokens: number | null;
  n: number | null;
  seed: number | null;
  stop: string[] | string | null;
  stream_options: { include_usage: boolean } | null;
  logit_bias: Record<string, number> | null;
  ignore_eos: boolean;
}

type Message =
  | { role: 'system'; content: string; name: string }
  | { role: 'user'; content: string | { type: 'text'; text: string }[]; name: string }
  | {
      role: 'assistant';
      content: string | null;
      name: string;
      tool_calls: {
        id: string;
        type: 'function';
        function: { name: string; arguments: string };
      }[];
    }
  | { role: 'tool'; content: string; tool_call_id: string };

interface ChatRequest extends Sampling {
  messages: Message[];
  logprobs: boolean | null;
  top_logprobs: number | null;
  response_format:
    | { type: 'text' }
    | { type: 'json_object'; schema: string }
    | { type: 'grammar'; grammar: string }
    | { type: 'structural_tag'; structural_tag: string };
  tools: {
    type: 'function';
    function: { name: string; description: string; parameters: Record<string, unknown> };
  }[];
  tool_choice: 'none' | 'auto' | { type: 'function'; function: { name: string } };
  extra_body: { enable_thinking: boolean | null; enable_latency_breakdown: boolean | null };
}

interface TextRequest extends Sampling {
  prompt: string;
  echo: boolean | null;
  logprobs: boolean | null;
  top_logprobs: number | null;
  extra_body: { enable_latency_breakdown: boolean | null };
}

interface EmbeddingRequest {
  input: string | string[] | number[] | number[][];
  model: string | null;
  encoding_format: 'float';
}

export function written(): void {
  holds<Assignable<Values, keyof typeof ours>>();
  holds<Assignable<Integrity, ours.ModelIntegrity>>();
  holds<Assignable<Partial<ChatConfig>, ours.ChatOptions>>();
  holds<Assignable<Record_, ours.ModelRecord>>();
  holds<Assignable<Config, ours.MLCEngineConfig>>();
  holds<Assignable<Sampling, ours.GenerationConfig>>();
  holds<Assignable<ChatRequest & { stream: true }, ours.ChatCompletionRequestStreaming>>();
  holds<Assignable<ChatRequest & { stream: false }, ours.ChatCompletionRequestNonStreaming>>();
  holds<Assignable<TextRequest & { stream: true }, ours.CompletionCreateParamsStreaming>>();
  holds<Assignable<TextRequest & { stream: false }, ours.CompletionCreateParamsNonStreaming>>();
  holds<Assignable<EmbeddingRequest, ours.EmbeddingCreateParams>>();
  // Fields that only we know are optional: no request must name them.
  holds<Assignable<{ messages: Message[] }, ours.ChatCompletionRequest>>();
  holds<Assignable<keyof ChatRequest, keyof ours.ChatCompletionRequest>>();
  holds<Assignable<keyof TextRequest, keyof ours.CompletionCreateParams>>();
  holds<Assignable<keyof Record_, keyof ours.ModelRecord>>();
  holds<Assignable<keyof ChatConfig, keyof ours.ChatOptions>>();
}

// --- what applications read ----------------------------------------------------------------------

interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  extra: {
    e2e_latency_s: number;
    prefill_tokens_per_s: number;
    decode_tokens_per_s: number;
    time_to_first_token_s: number;
    time_per_output_token_s: number;
    grammar_init_s?: number;
    grammar_per_token_s?: number;
  };
}

type Reason = 'stop' | 'length' | 'tool_calls' | 'abort';

interface TokenLogprob {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
}

interface Whole {
  id: string;
  object: 'chat.completion';
  created: number;
  model: string;
  choices: {
    index: number;
    finish_reason: Reason;
    logprobs: { content: TokenLogprob[] | null } | null;
    message: {
      role: 'assistant';
      content: string | null;
      tool_calls?: {
        id: string;
        type: 'function';
        function: { name: string; arguments: string };
      }[];
    };
  }[];
  usage?: Usage;
  system_fingerprint?: string;
}

interface Chunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: {
    index: number;
    finish_reason: Reason | null;
    logprobs?: { content: TokenLogprob[] | null } | null;
    delta: {
      role?: string;
      content?: string | null;
      tool_calls?: {
        index: number;
        id?: string;
        type?: 'function';
        function?: { name?: string; arguments?: string };
      }[];
    };
  }[];
  usage?: Usage | null;
}

interface Text {
  id: string;
  object: 'text_completion';
  created: number;
  model: string;
  choices: { index: number; text: string; finish_reason: Reason | null }[];
  usage?: Usage | null;
}

interface Vectors {
  object: 'list';
  data: { embedding: number[]; index: number; object: 'embedding' }[];
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
}

interface Engine {
  chat: { completions: { create(request: ours.ChatCompletionRequest): Promise<unknown> } };
  completions: { create(request: ours.CompletionCreateParams): Promise<unknown> };
  embeddings: { create(request: ours.EmbeddingCreateParams): Promise<Vectors> };
  chatCompletion(request: ours.ChatCompletionRequestNonStreaming): Promise<Whole>;
  completion(request: ours.CompletionCreateParamsNonStreaming): Promise<Text>;
  embedding(request: ours.EmbeddingCreateParams): Promise<Vectors>;
  reload(
    modelId: string | string[],
    chatOpts?: ours.ChatOptions | ours.ChatOptions[],
  ): Promise<void>;
  unload(): Promise<void>;
  interruptGenerate(): void;
  resetChat(keepStats?: boolean, modelId?: string): Promise<void>;
  getMessage(modelId?: string): Promise<string>;
  runtimeStatsText(modelId?: string): Promise<string>;
  forwardTokensAndSample(ids: number[], isPrefill: boolean, modelId?: string): Promise<number>;
  getMaxStorageBufferBindingSize(): Promise<number>;
  getGPUVendor(): Promise<string>;
  setInitProgressCallback(callback: ours.InitProgressCallback): void;
  getInitProgressCallback(): ours.InitProgressCallback | undefined;
  setAppConfig(config: ours.AppConfig): void;
  setLogLevel(level: ours.LogLevel): void;
}

export function read(): void {
  holds<Assignable<ours.CompletionUsage, Usage>>();
  holds<Assignable<ours.ChatCompletion, Whole>>();
  holds<Assignable<ours.ChatCompletionChunk, Chunk>>();
  holds<Assignable<ours.Completion, Text>>();
  holds<Assignable<ours.CreateEmbeddingResponse, Vectors>>();
  holds<Assignable<ours.MLCEngineInterface, Engine>>();
  holds<Assignable<ours.MLCEngine, Engine>>();
  holds<Assignable<ours.WebWorkerMLCEngine, Engine>>();
  holds<Assignable<ours.ServiceWorkerMLCEngine, Engine>>();
  holds<Assignable<ours.ExtensionServiceWorkerMLCEngine, Engine>>();
  holds<
    Assignable<
      { progress: number; timeElapsed: number; text: string },
      Pick<ours.InitProgressReport, 'progress' | 'timeElapsed' | 'text'>
    >
  >();
  holds<Assignable<'LLM' | 'embedding' | 'VLM', keyof typeof ours.ModelType>>();
}

/** The APIs as classes, and the checks of requests. */
export function protocol(all: typeof ours, engine: ours.MLCEngineInterface): string {
  const chat: ours.Chat = new all.Chat(engine);
  const apis = [
    chat.completions.create,
    new all.Completions(engine).create,
    new all.Embeddings(engine).create,
  ];
  all.postInitAndCheckFieldsChatCompletion({ messages: [] }, 'model', all.ModelType.LLM);
  all.postInitAndCheckFieldsCompletion({ prompt: '' }, 'model', all.ModelType.LLM);
  all.postInitAndCheckFieldsEmbedding({ input: '' }, 'model', all.ModelType.embedding);
  const fields: string[] = all.ChatCompletionRequestUnsupportedFields;
  const version: number = all.ARTIFACT_SCHEMA_VERSION;
  return (
    all.MODEL_PACKAGE_MANIFEST_FILENAME +
    all.TENSOR_CACHE_MANIFEST_FILENAME +
    fields.length +
    version +
    apis.length
  );
}
