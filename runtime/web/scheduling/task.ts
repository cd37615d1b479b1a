// SPDX-License-Identifier: Apache-2.0
// Task: a prompt and the ids that are generated after it, as the scheduler sees it. The ids are
// taken one by one; at most `window` are generated ahead of the taker.
//
//   const task = new Task({ prompt, maxTokens: 20, isEnd, chunk: 128, window: 4 });
//   scheduler.add(task);
//   for await (const { id, finish } of task) ...
import { AbortedError } from '../errors.ts';
import type { Choice } from '../gpu/draw_layout.ts';
import type { CachedSequence } from './sequence_cache.ts';

/** Chooses ids from logits on the processor. */
export interface Chooser {
  /** Called while the GPU computes the logits that come next. */
  prepare?(): void;
  choose(logits: Float32Array): Choice;
  /** Ids that must come next: they count as chosen. */
  forced?(): ArrayLike<number>;
}

/** Has kernels draw ids, and never sees logits. */
export interface Drawer {
  /** Searches for the tokens that are left to draw from: top_k, top_p. */
  readonly searches: number;
  /** Whether choices want log probabilities. */
  readonly hasLogprobs: boolean;
  /** Whether an output depends on the id before it in a way that only the processor knows. */
  readonly isConstrained: boolean;
  /**
   * Writes what the GPU must know to draw the output after so many others: words of the sequence's
   * part of the sampling buffer (runtime/formats/draw_layout.h), from word `at` on.
   */
  prepare(output: number, write: (at: number, words: Uint32Array<ArrayBuffer>) => void): void;
  accept(choice: Choice): Choice;
  /** Ids that must come next: they count as accepted. */
  forced(): ArrayLike<number>;
}

export type FinishReason = 'stop' | 'length';

export interface GeneratedId extends Choice {
  /** Why this is the last one. */
  finish?: FinishReason | undefined;
}

export interface TaskOptions {
  prompt: ArrayLike<number>;
  maxTokens: number;
  isEnd: (id: number) => boolean;
  /** Rows of one step. */
  chunk: number;
  window: number;
  /** Left out: the GPU takes the most likely id. */
  chooser?: Chooser | Drawer | undefined;
  reusePrefix?: boolean;
  signal?: AbortSignal | undefined;
  /** Called when the last id has been generated, or the task was given up. */
  done?: () => void;
}

type State = 'waiting' | 'running' | 'ended';

export class Task implements AsyncIterable<GeneratedId> {
  /** The prompt, and what was generated after it. */
  readonly ids: number[];
  readonly promptLength: number;
  /** Ids of the prompt that were in the cache already. */
  reused = 0;
  /** Generated ids that were taken: some that come after a stop string never are. */
  taken = 0;
  sequence: CachedSequence | undefined;
  /** Positions that submitted steps compute, and steps whose result has not come. */
  cached = 0;
  inFlight = 0;
  /** Tokens that its window had left behind when kernels were told last. */
  dropped = 0;
  state: State = 'waiting';
  /** Set by the scheduler: something has changed that it may act upon. */
  changed = () => {};
  /** When it was made, its first id came, and its last one; in milliseconds. */
  readonly created = performance.now();
  firstAt = this.created;
  lastAt = this.created;
  /** Ended from outside, without an error. */
  interrupted = false;
  private readonly unread: GeneratedId[] = [];
  private failure: unknown;
  private wake = () => {};
  private readonly abort = () =>
    this.fail(new AbortedError('generating was stopped', { cause: this.options.signal?.reason }));

  constructor(readonly options: TaskOptions) {
    this.ids = Array.from(options.prompt);
    this.promptLength = this.ids.length;
    const { signal } = options;
    if (options.maxTokens <= 0) this.state = 'ended';
    else signal?.addEventListener('abort', this.abort);
  }

  get generated(): number {
    return this.ids.length - this.promptLength;
  }

  get chooser(): Chooser | undefined {
    const { chooser } = this.options;
    return chooser && 'choose' in chooser ? chooser : undefined;
  }

  get drawer(): Drawer | undefined {
    const { chooser } = this.options;
    return chooser && 'searches' in chooser ? chooser : undefined;
  }

  /** Ids that may be asked for now, beyond those of the steps in flight. */
  get room(): number {
    if (this.state === 'ended') return 0;
    const ahead = this.unread.length + this.inFlight;
    const left = this.options.maxTokens - this.generated - this.inFlight;
    return Math.min(this.options.window - ahead, left);
  }

  /** The id that a step has given. */
  receive(choice: Choice): void {
    if (this.state === 'ended') return; // computed ahead, and not wanted any more
    this.ids.push(choice.id);
    const count = this.generated;
    this.lastAt = performance.now();
    if (count === 1) this.firstAt = this.lastAt;
    const full = count >= this.options.maxTokens ? 'length' : undefined;
    const finish = this.options.isEnd(choice.id) ? 'stop' : full;
    this.unread.push({ ...choice, finish });
    if (finish) this.end();
    this.wake();
  }

  fail(error: unknown): void {
    if (this.state === 'ended') return;
    this.failure = error;
    this.unread.length = 0;
    this.end();
    this.wake();
  }

  /** Generates no more; what was generated can still be taken. */
  interrupt(): void {
    if (this.state === 'ended') return;
    this.interrupted = true;
    this.end();
    this.wake();
  }

  private end(): void {
    if (this.state === 'ended') return;
    this.state = 'ended';
    this.options.signal?.removeEventListener('abort', this.abort);
    this.options.done?.();
    this.changed();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<GeneratedId, void> {
    try {
      for (;;) {
        const next = this.unread.shift();
        if (next) {
          this.changed();
          this.taken++;
          yield next;
          if (next.finish) return;
        } else if (this.state === 'ended') {
          if (this.failure) throw this.failure;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.wake = resolve;
          });
        }
      }
    } finally {
      this.end();
    }
  }
}
