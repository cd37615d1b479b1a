// SPDX-License-Identifier: Apache-2.0
// The names of WebLLM.
export type {
  AssistantMessage as ChatCompletionAssistantMessageParam,
  ChatCompletionsApi as Chat,
  ToolMessage as ChatCompletionToolMessageParam,
  CompletionRequest as CompletionCreateParams,
  CompletionRequestNonStreaming as CompletionCreateParamsNonStreaming,
  CompletionRequestStreaming as CompletionCreateParamsStreaming,
  CompletionsApi as Completions,
  EmbeddingRequest as EmbeddingCreateParams,
  EmbeddingsApi as Embeddings,
  SystemMessage as ChatCompletionSystemMessageParam,
  TextPart as ChatCompletionContentPartText,
  ToolCall as ChatCompletionMessageToolCall,
  UserMessage as ChatCompletionUserMessageParam,
} from '../openai/types.ts';
export * from './config.ts';
export * from './handlers.ts';
export * from './integrity.ts';
export type { MLCEngineInterface } from './interface.ts';
export { CreateMLCEngine, MLCEngine } from './mlc_engine.ts';
export {
  deleteChatConfigInCache,
  deleteModelAllInfoInCache,
  deleteModelInCache,
  deleteModelWasmInCache,
  hasModelInCache,
} from './model_cache.ts';
export { type ChatWorker, CreateWebWorkerMLCEngine, WebWorkerMLCEngine } from './remote_engine.ts';
export * from './service_worker.ts';
