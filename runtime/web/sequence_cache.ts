// SPDX-License-Identifier: Apache-2.0
// SequenceCache: the sequences of the GPU's cache, and which ids each of them holds when nobody
// uses it, so that a prompt that begins like an earlier one is computed only from where it differs:
//
//   first turn    <user>Hi<end> <bot>Hello!<end>
//   second turn   <user>Hi<end> <bot>Hello!<end> <user>Who are you?<end> <bot>
//                 ---------- kept ----------------                      take() cuts here
import type { HostSequences } from './host_sequences.ts';

export interface CachedSequence {
  handle: number;
  /** The ids that the cache holds the keys and values of. */
  ids: number[];
}

export class SequenceCache {
  // Those that nobody uses, the one that was used last at the end.
  private readonly idle: CachedSequence[] = [];

  constructor(private readonly host: HostSequences) {}

  /**
   * A sequence that holds a prefix of `prompt`, but not all of it; undefined when all are in use.
   * `reuse`: whether ids of earlier prompts are kept.
   */
  take(prompt: readonly number[], reuse: boolean): CachedSequence | undefined {
    const best = reuse ? this.closest(prompt) : undefined;
    if (best && best.kept >= best.sequence.ids.length - best.kept) return this.reuse(best);
    const handle = this.host.open();
    if (handle !== undefined) return { handle, ids: [] };
    const oldest = this.idle[0];
    if (!oldest) return undefined;
    return this.reuse(best && best.kept > 0 ? best : { sequence: oldest, kept: 0 });
  }

  /** Nobody uses the sequence any more; `ids` are what it holds. */
  release(sequence: CachedSequence): void {
    this.host.rewind(sequence.handle, sequence.ids.length);
    this.idle.push(sequence);
  }

  /** Forgets what a sequence in use holds from position `length` on. */
  rewind(sequence: CachedSequence, length: number): void {
    this.host.rewind(sequence.handle, length);
  }

  /** Forgets the sequence that was unused for longest; false when there is none. */
  evict(): boolean {
    const oldest = this.idle.shift();
    if (oldest) this.host.close(oldest.handle);
    return oldest !== undefined;
  }

  clear(): void {
    while (this.evict());
  }

  /** The idle sequence that shares most with the prompt, of whose ids the last is always computed. */
  private closest(prompt: readonly number[]) {
    let best: { sequence: CachedSequence; kept: number } | undefined;
    for (const sequence of this.idle) {
      const most = Math.min(sequence.ids.length, prompt.length - 1);
      let kept = 0;
      while (kept < most && sequence.ids[kept] === prompt[kept]) kept++;
      if (!best || kept >= best.kept) best = { sequence, kept };
    }
    return best;
  }

  private reuse({ sequence, kept }: { sequence: CachedSequence; kept: number }): CachedSequence {
    this.idle.splice(this.idle.indexOf(sequence), 1);
    sequence.ids.length = kept;
    this.host.rewind(sequence.handle, kept);
    return sequence;
  }
}
