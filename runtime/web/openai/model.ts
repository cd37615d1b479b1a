// SPDX-License-Identifier: Apache-2.0
// What completions need of an engine.
import type { KernelVariant } from '../gpu/kernels.ts';
import type { Grammars } from '../host/grammar.ts';
import type { Host } from '../host/host.ts';
import type { SlidingWindow } from '../host/host_sequences.ts';
import type { Tokenizer } from '../host/tokenizer.ts';
import type { Manifest } from '../load/manifest.ts';
import type { Task, TaskOptions } from '../scheduling/task.ts';

/** Text, or token ids that are used as they are. */
export type Prompt = string | ArrayLike<number>;

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

/** Changes logits before a token is chosen, and follows what was chosen. */
export interface LogitProcessor {
  processLogits(logits: Float32Array): Float32Array;
  processSampledToken(token: number): void;
  resetState(): void;
}

export interface Model {
  readonly model: ModelInfo;
  readonly manifest: Manifest;
  readonly host: Host;
  /** Under the names of generation_config.json. */
  readonly defaults: Readonly<Record<string, unknown>>;
  logitProcessor?: LogitProcessor | undefined;
  /** Whether the bundle has kernels that draw ids. */
  readonly canDraw: boolean;
  tokenizer(): Tokenizer;
  grammars(): Promise<Grammars>;
  /** The ids as a prompt; an error where the model or its context does not allow them. */
  check(prompt: ArrayLike<number>): ArrayLike<number>;
  /** Begins to generate; what is left out is as the model and the engine would have it. */
  start(prompt: Prompt, options: Partial<TaskOptions>): Task;
}
