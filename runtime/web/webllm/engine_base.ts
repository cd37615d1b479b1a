// SPDX-License-Identifier: Apache-2.0
// EngineBase: what WebLLM's engines have in common, wherever the model runs: OpenAI's entry points
// under WebLLM's names, and settings.
import type {
  ChatCompletionRequest,
  ChatCompletionsApi,
  CompletionRequest,
  CompletionsApi,
  EmbeddingRequest,
  EmbeddingsApi,
  RequestOptions,
} from '../openai/types.ts';
import type { AppConfig, InitProgressCallback, LogLevel, MLCEngineConfig } from './config.ts';

export abstract class EngineBase {
  readonly chat: { completions: ChatCompletionsApi };
  readonly completions: CompletionsApi;
  readonly embeddings: EmbeddingsApi;
  readonly chatCompletion: ChatCompletionsApi['create'];
  readonly completion: CompletionsApi['create'];
  readonly embedding: EmbeddingsApi['create'];

  constructor(protected readonly config: MLCEngineConfig) {
    // Whether an answer is streamed depends on the request, which the overloads of `create` say.
    this.chatCompletion = ((request: ChatCompletionRequest, options?: RequestOptions) =>
      this.answerChat(request, options)) as ChatCompletionsApi['create'];
    this.completion = ((request: CompletionRequest, options?: RequestOptions) =>
      this.complete(request, options)) as CompletionsApi['create'];
    this.embedding = ((request: EmbeddingRequest) =>
      this.embed(request)) as EmbeddingsApi['create'];
    this.chat = { completions: { create: this.chatCompletion } };
    this.completions = { create: this.completion };
    this.embeddings = { create: this.embedding };
  }

  setInitProgressCallback(callback: InitProgressCallback): void {
    this.config.initProgressCallback = callback;
  }

  getInitProgressCallback(): InitProgressCallback | undefined {
    return this.config.initProgressCallback;
  }

  /** For the next reload. */
  setAppConfig(config: AppConfig): void {
    this.config.appConfig = config;
  }

  setLogLevel(level: LogLevel): void {
    this.config.logLevel = level;
  }

  protected abstract answerChat(
    request: ChatCompletionRequest,
    options?: RequestOptions,
  ): Promise<unknown>;
  protected abstract complete(
    request: CompletionRequest,
    options?: RequestOptions,
  ): Promise<unknown>;
  protected abstract embed(request: EmbeddingRequest): Promise<unknown>;
}
