// SPDX-License-Identifier: Apache-2.0
// The runtime of webllm-compile: loads a bundle and generates text with it on WebGPU.
export { createEngine } from './engine.ts';
export { serveEngine } from './worker/engine_server.ts';
export { createWorkerEngine, type WorkerEngineOptions } from './worker/worker_client.ts';
export type {
  Engine,
  EngineOptions,
  FinishReason,
  GenerateOptions,
  GenerateResult,
  Generation,
  LoadOptions,
  LoadProgress,
  MemoryUse,
  ModelInfo,
  ModelOptions,
  Prompt,
  Token,
  Usage,
} from './api.ts';
export {
  AbortedError,
  ArgumentError,
  BundleError,
  BusyError,
  ClosedError,
  ContextOverflowError,
  DeviceLostError,
  EngineError,
  GrammarError,
  IntegrityError,
  ModelNotFoundError,
  ModelNotLoadedError,
  OutOfMemoryError,
  ReadError,
  RequestError,
  StorageError,
  UnclearModelError,
  UnsupportedDeviceError,
  UnsupportedModelError,
  WebGPUUnavailableError,
  WorkerLostError,
} from './errors.ts';
export type { Profile, Site, TimedDispatch } from './profile/profile.ts';
export type { SlidingWindow } from './host/host_sequences.ts';
export type * from './openai/types.ts';
export type { LogitProcessor } from './openai/model.ts';
export * from './webllm/index.ts';
