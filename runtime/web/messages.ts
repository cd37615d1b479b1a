// SPDX-License-Identifier: Apache-2.0
// What a page and its worker say to each other. Every request carries a number that its answers
// repeat. Tokens flow only as far as the page has granted credit, so that a page that is busy or
// paused does not pile them up.
import type {
  GenerateOptions,
  GenerateResult,
  LoadProgress,
  MemoryUse,
  ModelInfo,
  Prompt,
  Token,
} from './api.ts';
import type { WireError } from './errors.ts';

/** Methods that answer once. */
export interface Calls {
  tokenize: { args: [text: string]; value: Uint32Array };
  detokenize: { args: [ids: number[]]; value: string };
  logits: { args: [ids: number[], options: { chunk?: number }]; value: Float32Array };
  memory: { args: []; value: MemoryUse };
  close: { args: []; value: void };
}
export type Method = keyof Calls;

export type Request =
  | { type: 'load'; id: number; address: string; runtimeWasm: string | BufferSource | undefined }
  | { [M in Method]: { type: 'call'; id: number; method: M; args: Calls[M]['args'] } }[Method]
  | { type: 'generate'; id: number; prompt: Prompt; options: WireOptions; credit: number }
  | { type: 'credit'; id: number; credit: number }
  | { type: 'abort'; id: number };

export type WireOptions = Omit<GenerateOptions, 'signal'>;

export type Response =
  | { type: 'progress'; id: number; progress: LoadProgress }
  | { type: 'loaded'; id: number; model: ModelInfo }
  | { type: 'value'; id: number; value: unknown }
  | { type: 'token'; id: number; token: Token }
  | { type: 'end'; id: number; result: GenerateResult | undefined }
  | { type: 'error'; id: number; error: WireError };

/** What a Worker, a MessagePort and a worker's own scope have in common. */
export interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
