// SPDX-License-Identifier: Apache-2.0
// MLCEngineInterface: WebLLM's engine, met by the one in this thread and by those in workers.
import type { ChatCompletionsApi, CompletionsApi, EmbeddingsApi } from '../openai/types.ts';
import type { AppConfig, ChatOptions, InitProgressCallback, LogLevel } from './config.ts';

export interface MLCEngineInterface {
  chat: { completions: ChatCompletionsApi };
  completions: CompletionsApi;
  embeddings: EmbeddingsApi;
  chatCompletion: ChatCompletionsApi['create'];
  completion: CompletionsApi['create'];
  embedding: EmbeddingsApi['create'];
  /** Unloads what is loaded, then loads these, by id or by the address of a bundle. */
  reload(modelId: string | string[], chatOpts?: ChatOptions | ChatOptions[]): Promise<void>;
  /** Also stops a `reload` that is under way. */
  unload(): Promise<void>;
  /** Ends what all models generate; their answers end with finish_reason `abort`. */
  interruptGenerate(): void | Promise<void>;
  resetChat(keepStats?: boolean, modelId?: string): Promise<void>;
  /** The text of the last answer, so far. */
  getMessage(modelId?: string): Promise<string>;
  runtimeStatsText(modelId?: string): Promise<string>;
  /** Appends ids to a text of its own, which resetChat ends, and gives the next id. */
  forwardTokensAndSample(inputIds: number[], isPrefill: boolean, modelId?: string): Promise<number>;
  getMaxStorageBufferBindingSize(): Promise<number>;
  getGPUVendor(): Promise<string>;
  setInitProgressCallback(callback: InitProgressCallback): void;
  getInitProgressCallback(): InitProgressCallback | undefined;
  setAppConfig(config: AppConfig): void;
  /** The engine writes no log: what it has to say are errors and progress. */
  setLogLevel(level: LogLevel): void;
}
