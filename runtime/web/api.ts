// SPDX-License-Identifier: Apache-2.0
// What a page sees of an engine. The same interface is met by an engine in this thread
// (createEngine) and by one in a dedicated worker (createWorkerEngine).
//
//   const engine = await createEngine('./bundle/', { progress: show });
//   for await (const { text } of engine.generate('Once upon a time')) output.append(text);
//   await engine.close();
import type { ModelInfo, Prompt } from './openai/model.ts';
import type { ChatCompletionsApi, CompletionsApi, EmbeddingsApi } from './openai/types.ts';
import type { Profile } from './profile/profile.ts';
import type { FinishReason } from './scheduling/task.ts';

export type { EngineOptions, LoadOptions, LoadProgress, ModelOptions } from './load/options.ts';
export type { FinishReason, ModelInfo, Prompt };

export interface GenerateOptions {
  /** Most ids to generate; until the context is full when left out, without end where it slides. */
  maxTokens?: number;
  /** Stops generating; the iteration is rejected with AbortedError. */
  signal?: AbortSignal;
  /** Treats end-of-sequence ids as any other id. */
  ignoreEos?: boolean;
  /** Rows of one prefill step; as many as the bundle allows when left out. */
  chunk?: number;
  /** Whether what the cache holds of earlier prompts is used; it is when left out. */
  reusePrefix?: boolean;
}

/**
 * One generated id and the text that it completes: empty while a character is unfinished. An
 * end-of-sequence id comes as the last token.
 */
export interface Token {
  id: number;
  text: string;
}

export interface Usage {
  promptTokens: number;
  /** Those of the prompt that were in the cache already. */
  reusedTokens: number;
  generatedTokens: number;
  prefillSeconds: number;
  decodeSeconds: number;
}

export interface GenerateResult extends Usage {
  /** stop: an end-of-sequence id came. length: maxTokens were generated or the context is full. */
  finishReason: FinishReason;
}

/** Tokens as they are generated; `result` is known when the iteration has ended. */
export interface Generation extends AsyncIterable<Token> {
  readonly result: GenerateResult | undefined;
}

/** GPU memory as the compiler predicts it, and as it is allocated now. */
export interface MemoryUse {
  predicted: readonly { context: number; gpuBytes: number }[];
  allocatedBytes: number;
}

export interface Engine {
  readonly model: ModelInfo;
  /** OpenAI's API. */
  readonly chat: { completions: ChatCompletionsApi };
  readonly completions: CompletionsApi;
  readonly embeddings: EmbeddingsApi;
  generate(prompt: Prompt, options?: GenerateOptions): Generation;
  /** Ids of a text as the model wants it: special tokens recognized, BOS and EOS added. */
  tokenize(text: string): Promise<Uint32Array>;
  detokenize(ids: ArrayLike<number>): Promise<string>;
  /** Logits after the last id, one per id of the vocabulary. */
  logits(ids: ArrayLike<number>, options?: { chunk?: number }): Promise<Float32Array>;
  memory(): Promise<MemoryUse>;
  /** Every dispatch since the last call, with its time; for engines made with `profile: true`. */
  profile(): Promise<Profile>;
  /** Ends what is being generated, without an error. */
  interrupt(): Promise<void>;
  /** Forgets earlier prompts, whose beginnings would be reused. */
  forget(): Promise<void>;
  close(): Promise<void>;
}
