// SPDX-License-Identifier: Apache-2.0
// SequenceCache: the sequences of the GPU's cache, and which ids each of them holds when nobody
// uses it, so that a prompt that begins like an earlier one is computed only from where it differs:
//
//   first turn    <user>Hi<end> <bot>Hello!<end>
//   second turn   <user>Hi<end> <bot>Hello!<end> <user>Who are you?<end> <bot>
//                 ---------- kept ----------------                      take() cuts here
//
// Of sequences in use whole pages are shared: several answers to one question compute it once. Where a
// window has slid, a sequence can be continued, but nothing shares a beginning that is gone.
import type { HostSequences, NextRows } from '../host/host_sequences.ts';

export interface CachedSequence {
  handle: number;
  /** The ids that the cache holds the keys and values of. */
  ids: number[];
}

/** A sequence in use: of `ids` those below `cached` are computed, or will be before what comes next. */
export interface SequenceInUse {
  sequence: CachedSequence | undefined;
  ids: readonly number[];
  promptLength: number;
  cached: number;
}

export class SequenceCache {
  // Those that nobody uses, the one that was used last at the end.
  private readonly idle: CachedSequence[] = [];

  constructor(private readonly host: HostSequences) {}

  /**
   * A sequence that holds a prefix of `prompt`, but not all of it; undefined when all are in use, or
   * when more of it can be shared soon, because it is being computed as the prompt of another.
   * `reuse`: whether ids of earlier prompts are kept, and of those in use.
   */
  take(
    prompt: readonly number[],
    reuse: boolean,
    inUse: readonly SequenceInUse[],
  ): CachedSequence | undefined {
    const best = reuse ? this.closest(prompt) : undefined;
    let parent = { handle: -1, shared: best?.kept ?? 0 };
    for (const other of reuse ? inUse : []) {
      const { now, soon } = this.shared(prompt, other);
      if (soon > Math.max(other.cached, best?.kept ?? 0)) return undefined;
      if (now > parent.shared) parent = { handle: other.sequence!.handle, shared: now };
    }
    const forked = parent.handle < 0 ? undefined : this.host.fork(parent.handle, parent.shared);
    if (forked !== undefined) return { handle: forked, ids: prompt.slice(0, parent.shared) };
    if (best && best.kept >= best.sequence.ids.length - best.kept) return this.reuse(best);
    const handle = this.host.open();
    if (handle !== undefined) return { handle, ids: [] };
    const oldest = this.idle[0];
    if (!oldest) return undefined;
    return this.reuse(best && best.kept > 0 ? best : { sequence: oldest, kept: 0 });
  }

  /**
   * How many ids whole pages of a sequence in use hold that the prompt begins with, now and when its
   * own prompt is computed; the last id of a prompt is computed anew.
   */
  private shared(
    prompt: readonly number[],
    { sequence, ids, promptLength, cached }: SequenceInUse,
  ) {
    const common = commonPrefix(prompt, ids, Math.min(ids.length, prompt.length - 1));
    const whole = (most: number) => {
      const count = Math.min(common, most);
      return count - (count % this.host.pageTokens);
    };
    const kept = sequence ? this.host.kept(sequence.handle, whole(cached)) : 0;
    return {
      now: kept === whole(cached) ? kept : 0,
      soon: cached < promptLength ? whole(promptLength) : 0,
    };
  }

  /** Nobody uses the sequence any more; `ids` are what it holds. */
  release(sequence: CachedSequence): void {
    sequence.ids.length = this.host.rewind(sequence.handle, sequence.ids.length);
    this.idle.push(sequence);
  }

  /** Rows that can be computed next of a sequence in use; where its window is full, it slides. */
  nextRows({ handle }: CachedSequence): NextRows {
    const rows = this.host.nextRows(handle);
    if (rows.next < rows.limit) return rows;
    this.host.slide(handle);
    return this.host.nextRows(handle);
  }

  /** Whether one more row can be computed as it is. */
  hasRoom({ handle }: CachedSequence): boolean {
    const { next, limit } = this.host.nextRows(handle);
    return next < limit;
  }

  /** Tokens that its window has left behind. */
  dropped({ handle }: CachedSequence): number {
    return this.host.dropped(handle);
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
      const kept = this.host.kept(sequence.handle, commonPrefix(prompt, sequence.ids, most));
      if (!best || kept >= best.kept) best = { sequence, kept };
    }
    return best;
  }

  private reuse({ sequence, kept }: { sequence: CachedSequence; kept: number }): CachedSequence {
    this.idle.splice(this.idle.indexOf(sequence), 1);
    sequence.ids.length = this.host.rewind(sequence.handle, kept);
    return sequence;
  }
}

function commonPrefix(a: readonly number[], b: readonly number[], most: number): number {
  let count = 0;
  while (count < most && a[count] === b[count]) count++;
  return count;
}
