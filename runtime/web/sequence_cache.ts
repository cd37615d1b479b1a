// SPDX-License-Identifier: Apache-2.0
// SequenceCache: the sequences of the GPU's cache, and which ids each of them holds when nobody
// uses it, so that a prompt that begins like an earlier one is computed only from where it differs:
//
//   first turn    <user>Hi<end> <bot>Hello!<end>
//   second turn   <user>Hi<end> <bot>Hello!<end> <user>Who are you?<end> <bot>
//                 ---------- kept ----------------                      take() cuts here
//
// Of sequences in use whole pages are shared: several answers to one question compute it once.
import type { HostSequences } from './host_sequences.ts';

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
   * A sequence that holds a prefix of `prompt`, but not all of it; undefined when all are in use.
   * `reuse`: whether ids of earlier prompts are kept, and of those in use.
   */
  take(
    prompt: readonly number[],
    reuse: boolean,
    inUse: readonly SequenceInUse[],
  ): CachedSequence | undefined {
    const best = reuse ? this.closest(prompt) : undefined;
    const forked = reuse ? this.fork(prompt, best?.kept ?? 0, inUse) : undefined;
    if (forked) return forked;
    if (best && best.kept >= best.sequence.ids.length - best.kept) return this.reuse(best);
    const handle = this.host.open();
    if (handle !== undefined) return { handle, ids: [] };
    const oldest = this.idle[0];
    if (!oldest) return undefined;
    return this.reuse(best && best.kept > 0 ? best : { sequence: oldest, kept: 0 });
  }

  /** Whether more of the prompt could be shared soon: it is being computed as the prompt of another. */
  isComing(prompt: readonly number[], inUse: readonly SequenceInUse[]): boolean {
    const kept = this.closest(prompt)?.kept ?? 0;
    return inUse.some(
      ({ ids, promptLength, cached }) =>
        cached < promptLength && this.shared(prompt, ids, promptLength) > Math.max(cached, kept),
    );
  }

  /** A sequence that shares more than `least` ids with one in use, if there is any left. */
  private fork(prompt: readonly number[], least: number, inUse: readonly SequenceInUse[]) {
    let parent: CachedSequence | undefined;
    for (const { sequence, ids, cached } of inUse) {
      const shared = this.shared(prompt, ids, cached);
      if (shared > least) [parent, least] = [sequence, shared];
    }
    const handle = parent && this.host.fork(parent.handle, least);
    return handle === undefined ? undefined : { handle, ids: prompt.slice(0, least) };
  }

  /** How many ids whole pages hold that both begin with; the last of a prompt is computed anew. */
  private shared(prompt: readonly number[], ids: readonly number[], most: number): number {
    const count = commonPrefix(prompt, ids, Math.min(most, prompt.length - 1));
    return count - (count % this.host.pageTokens);
  }

  /** Nobody uses the sequence any more; `ids` are what it holds. */
  release(sequence: CachedSequence): void {
    sequence.ids.length = this.host.rewind(sequence.handle, sequence.ids.length);
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
      const kept = commonPrefix(prompt, sequence.ids, most);
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
