// SPDX-License-Identifier: Apache-2.0
// Sequence: token ids and how far the GPU's cache holds them. Generating appends ids; up to
// queue.depth steps run ahead of what was read, and those beyond the stop are taken back:
//
//   ids     1 403 407 261        generated up to 261, the end
//   cached  1 403 407 261 378    the step that 378 needed was under way: rewound to 4
import type { FinishReason } from './api.ts';
import { ContextOverflowError, throwIfAborted } from './errors.ts';
import type { HostSequences } from './host_sequences.ts';
import type { StepQueue } from './step_queue.ts';

export interface DecodeOptions {
  maxTokens: number;
  isEnd: (id: number) => boolean;
  chunk: number;
  signal?: AbortSignal | undefined;
}

export interface DecodedId {
  id: number;
  /** Why this is the last one. */
  finish?: FinishReason | undefined;
}

export class Sequence {
  readonly ids: number[] = [];
  private cached = 0;
  private readonly handle: number;

  constructor(
    private readonly queue: StepQueue,
    private readonly host: HostSequences,
    private readonly context: number,
  ) {
    this.handle = host.open();
  }

  close(): void {
    this.host.close(this.handle);
  }

  /**
   * Appends ids and computes all that are not in the cache yet, `chunk` at a time. The last step
   * ends with `output`; its result has not been waited for.
   */
  async prefill(
    ids: ArrayLike<number>,
    chunk: number,
    output: 'greedy' | 'head',
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.ids.length + ids.length > this.context) {
      throw new ContextOverflowError(
        `${this.ids.length + ids.length} tokens are more than the context of ${this.context}; ` +
          'shorten the prompt, or compile the model with a larger --context',
      );
    }
    for (let i = 0; i < ids.length; i++) this.ids.push(ids[i]);
    while (this.cached < this.ids.length) {
      throwIfAborted(signal, 'generating');
      while (this.queue.length >= Math.min(2, this.queue.depth)) await this.queue.next();
      const rows = Uint32Array.from(this.ids.slice(this.cached, this.cached + chunk));
      const last = this.cached + rows.length === this.ids.length;
      await this.step(rows.length, rows, last ? output : undefined);
    }
    while (this.queue.length > 1) await this.queue.next();
  }

  /** Appends `prompt`, and the ids that are generated after it, which it yields. */
  async *decode(
    prompt: ArrayLike<number>,
    { maxTokens, isEnd, chunk, signal }: DecodeOptions,
  ): AsyncGenerator<DecodedId, void> {
    try {
      await this.prefill(prompt, chunk, 'greedy', signal);
      const first = this.ids.length;
      // The last id needs no place in the context: nothing is computed from it.
      const most = Math.min(maxTokens, this.context - first + 1);
      for (let read = 0, asked = 1; read < most; read++) {
        for (; asked < most && this.queue.length < this.queue.depth; asked++) {
          await this.step(1, undefined, 'greedy');
        }
        const id = await this.queue.next();
        throwIfAborted(signal, 'generating');
        this.ids.push(id);
        if (isEnd(id)) return yield { id, finish: 'stop' };
        yield { id, finish: read + 1 === most ? 'length' : undefined };
      }
    } finally {
      await this.queue.drain();
      this.rewind(this.ids.length);
    }
  }

  /** Forgets all but the first `length` ids. Nothing may be in flight. */
  rewind(length: number): void {
    this.ids.length = Math.min(length, this.ids.length);
    this.cached = Math.min(this.cached, this.ids.length);
    this.host.rewind(this.handle, this.cached);
  }

  private async step(
    rows: number,
    ids: Uint32Array<ArrayBuffer> | undefined,
    output: 'greedy' | 'head' | undefined,
  ): Promise<void> {
    await this.queue.submit(this.handle, { rows, ids, output });
    this.cached += rows;
  }
}
