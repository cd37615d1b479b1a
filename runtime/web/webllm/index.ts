// SPDX-License-Identifier: Apache-2.0
// The names of WebLLM.
export type {
  AssistantMessage as ChatCompletionAssistantMessageParam,
  ToolMessage as ChatCompletionToolMessageParam,
  CompletionRequest as CompletionCreateParams,
  CompletionRequestNonStreaming as CompletionCreateParamsNonStreaming,
  CompletionRequestStreaming as CompletionCreateParamsStreaming,
  EmbeddingRequest as EmbeddingCreateParams,
  SamplingFields as GenerationConfig,
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
export * from './protocol.ts';
export * from './service_worker.ts';
export type { Request as WorkerRequest, Response as WorkerResponse } from '../worker/messages.ts';
export type { BundleFile as CompiledProgramArtifact } from '../files/source.ts';
export type { Manifest as ModelPackageManifest } from '../load/manifest.ts';
