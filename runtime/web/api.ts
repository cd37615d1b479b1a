// SPDX-License-Identifier: Apache-2.0
// What a page sees of an engine. The same interface is met by an engine in this thread
// (createEngine) and by one in a dedicated worker (createWorkerEngine).
//
//   const engine = await createEngine('./bundle/', { progress: show });
//   for await (const { text } of engine.generate('Once upon a time')) output.append(text);
//   await engine.close();
import type { CacheOptions } from './cache/bundle_cache.ts';
import type { Profile } from './profile/profile.ts';
import type { SlidingWindow } from './scheduling/sliding_window.ts';
import type { ChatCompletionsApi, CompletionsApi, EmbeddingsApi } from './openai/types.ts';

/** How far loading has come. `loaded` and `total` count bytes; kernels in phase 'kernels'. */
export interface LoadProgress {
  phase: 'library' | 'weights' | 'kernels';
  loaded: number;
  total: number;
}

/** How a model is used. */
export interface ModelOptions {
  /** What requests take where they say nothing, under the names of generation_config.json. */
  defaults?: Readonly<Record<string, unknown>>;
  /** A context smaller than the compiled one. */
  context?: number;
  /**
   * Lets texts grow beyond the context: attention sees at most so many tokens, of which the oldest
   * are dropped when they are full (in whole pages of 64).
   */
  slidingWindow?: number;
  /** The first so many of them are never dropped; 4 when left out, in whole pages. */
  attentionSink?: number;
}

export interface LoadOptions extends CacheOptions, ModelOptions {
  progress?: (progress: LoadProgress) => void;
  /** Stops loading; the promise is rejected with AbortedError. */
  signal?: AbortSignal;
  /** Where runtime.wasm lies, or what it holds; beside this script when left out. */
  runtimeWasm?: string | URL | BufferSource;
  /** The same of grammar.wasm, which is fetched when a request constrains its answer. */
  grammarWasm?: string | URL | BufferSource;
  /** GPU features that variants of kernels may use; all that the device has when left out. */
  optionalFeatures?: readonly string[];
  /** Times every dispatch, for `profile()`: needs timestamp-query, and steps take longer. */
  profile?: boolean;
}

export interface EngineOptions extends LoadOptions {
  /** Replaces navigator.gpu: in Node, `create([])` of the npm package `webgpu`. */
  gpu?: GPU;
  /** An own device; it must have what the bundle asks for, and is not destroyed by close(). */
  device?: GPUDevice;
}

/** What a kernel with variants runs as on this device. */
export interface KernelVariant {
  kernel: string;
  /** undefined: the plain kernel, which needs no feature. */
  variant: string | undefined;
  /** Better variants that the driver refused to compile, or computed wrongly. */
  refused: readonly { variant: string; reason: string }[];
}

/** Text, or token ids that are used as they are. */
export type Prompt = string | ArrayLike<number>;

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

export type FinishReason = 'stop' | 'length';

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

export interface ModelInfo {
  name: string;
  architecture: string;
  quantization: string;
  parameters: number;
  context: number;
  /** Undefined: texts end with the context. */
  slidingWindow: SlidingWindow | undefined;
  vocabulary: number;
  bosTokenIds: readonly number[];
  eosTokenIds: readonly number[];
  hasTokenizer: boolean;
  kernelVariants: readonly KernelVariant[];
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
