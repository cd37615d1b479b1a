// SPDX-License-Identifier: Apache-2.0
// What an application says when it loads a model, and what it is told meanwhile.
import type { CacheOptions } from '../files/bundle_cache.ts';

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
