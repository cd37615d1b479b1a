// SPDX-License-Identifier: Apache-2.0
// HostSequences: the host's bookkeeping of sequences, cache pages and step slots
// (runtime/host/sequences.h).
//
//   const step = sequences.prepare([{ sequence, rows: 5, output: true }]);   // logits of the last
//   upload(step.slot), upload(step.pageTable), grow the cache to step.poolPages, submit
//   sequences.completed(step.number);
import { BundleError, ContextOverflowError, EngineError } from '../errors.ts';
import type { Host } from './host.ts';

export interface Capacities {
  maxRows: number;
  maxSequences: number;
  pageTokens: number;
  context: number;
  pagesPerSequence: number;
  initialPages: number;
  stepSlots: number;
  stepSlotBytes: number;
}

/** The host computes scale * cos and scale * sin of position * frequency. */
export interface RopeTable {
  frequencies: number[];
  scale: number;
}

export interface SlidingWindow {
  /** What attention sees at most. */
  tokens: number;
  /** The first tokens, which always stay. */
  sink: number;
}

/** The next positions of one sequence, as a part of a step. */
export interface StepPart {
  sequence: number;
  rows: number;
  /** Whether anything is done with the last row. */
  output: boolean;
}

/** The cache has no page left for what a step adds. */
export class NoFreePageError extends ContextOverflowError {}

export interface PreparedStep {
  number: number;
  rows: number;
  outputs: number;
  /** Pages that attention looks back on. */
  pages: number;
  /** Positions of all sequences; those that each row looks back on, summed over the rows. */
  positions: number;
  pairs: number;
  /** What the cache must hold for the pages that the step is the first to use; 0: there are none. */
  poolPages: number;
  /** What the slot begins with; the rest of it is not read. A view: valid until the next call. */
  slot: Uint32Array<ArrayBuffer>;
  /** Words of the page table that have changed, and where they go. A view as well. */
  pageTable: Uint32Array<ArrayBuffer>;
  pageTableOffset: number;
}

/** Rows that steps may compute next: from `next` on, below `limit`. */
export interface NextRows {
  next: number;
  limit: number;
}

const unmapped = 0xffffffff;
const pagesWord = 2; // of a slot: runtime/formats/step_layout.h
const contextFull = -2;
const noFreePage = -3;

export class HostSequences {
  private readonly handle: number;
  private readonly capacities: Capacities;
  // Three blocks of the host's memory that each step writes: rows, output rows, the slot.
  private readonly rows: number;
  private readonly outputs: number;
  private readonly slot: number;

  constructor(
    private readonly host: Host,
    { capacities, rope }: { capacities: Capacities; rope: RopeTable[] },
    private readonly maxPages: number,
    readonly window?: SlidingWindow,
  ) {
    this.capacities = capacities;
    const { maxRows, maxSequences, pagesPerSequence, stepSlotBytes } = capacities;
    const tables = flattenRope(rope);
    const { tokens = 0, sink = 0 } = window ?? {};
    this.handle = host.withCopy(new Uint8Array(tables.buffer), (at) =>
      host.call.sequences_new(
        maxRows,
        maxSequences,
        pagesPerSequence,
        maxPages,
        at,
        rope.length,
        tokens,
        sink,
      ),
    );
    const slotBytes = 4 * host.call.sequences_slot_words(this.handle);
    if (slotBytes !== stepSlotBytes) {
      throw new BundleError(
        `model.wasm has step slots of ${stepSlotBytes} bytes, but runtime.wasm writes ` +
          `${slotBytes}: they are of different versions; serve the runtime of this compiler`,
      );
    }
    this.rows = host.alloc(8 * maxRows);
    this.outputs = host.alloc(4 * maxRows);
    this.slot = host.alloc(slotBytes);
  }

  /** A new, empty sequence; undefined when all are in use. */
  open(): number | undefined {
    const sequence = this.host.call.sequences_create(this.handle);
    return sequence < 0 ? undefined : sequence;
  }

  /** A new one that holds the pages of `parent` below `length`, whole ones; undefined as above. */
  fork(parent: number, length: number): number | undefined {
    const sequence = this.host.call.sequences_fork(this.handle, parent, length);
    return sequence < 0 ? undefined : sequence;
  }

  close(sequence: number): void {
    this.check(this.host.call.sequences_free(this.handle, sequence));
  }

  /** Forgets the positions from `length` on, or from the start of its page where that is shared. */
  rewind(sequence: number, length: number): number {
    this.check(this.host.call.sequences_rewind(this.handle, sequence, length));
    return this.host.call.sequences_length(this.handle, sequence);
  }

  /** How much rewinding to `length` would keep. */
  kept(sequence: number, length: number): number {
    return this.host.call.sequences_kept(this.handle, sequence, length);
  }

  /** After a slide they lie in the sink, which is computed anew; there are none in a full window. */
  nextRows(sequence: number): NextRows {
    const { call } = this.host;
    return {
      next: call.sequences_next(this.handle, sequence),
      limit: call.sequences_limit(this.handle, sequence),
    };
  }

  /** Drops the oldest pages after the sink from a full window. */
  slide(sequence: number): void {
    this.check(this.host.call.sequences_slide(this.handle, sequence));
  }

  /** Tokens that the window has left behind. */
  dropped(sequence: number): number {
    return this.host.call.sequences_dropped(this.handle, sequence);
  }

  get pageTokens(): number {
    return this.capacities.pageTokens;
  }

  /** The next positions of some sequences as a step; each sequence is named once. */
  prepare(parts: readonly StepPart[]): PreparedStep {
    const { host, handle } = this;
    const { call } = host;
    const starts = parts.map(({ sequence }) => call.sequences_next(handle, sequence));
    parts.forEach(({ sequence, rows }, i) =>
      this.check(call.sequences_reserve(handle, sequence, starts[i] + rows)),
    );
    const { rows, outputs, positions, pairs } = this.writeRows(parts, starts);
    const number = call.sequences_begin_step(handle);
    const words = this.check(
      call.sequences_write_step(handle, this.rows, rows, this.outputs, outputs, this.slot),
    );
    const table = call.sequences_page_table(handle);
    const [from, changed] = host.words(call.sequences_table_changes(handle), 2);
    const pageTable = host.words(table + 4 * from, changed);
    const slot = host.words(this.slot, words);
    return {
      number,
      rows,
      outputs,
      pages: slot[pagesWord],
      positions,
      pairs,
      poolPages: highestPage(pageTable) + 1,
      slot,
      pageTable,
      pageTableOffset: 4 * from,
    };
  }

  private writeRows(parts: readonly StepPart[], starts: number[]) {
    const { maxRows } = this.capacities;
    const places = this.host.words(this.rows, 2 * maxRows);
    const selected = this.host.words(this.outputs, maxRows);
    let [rows, outputs, positions, pairs] = [0, 0, 0, 0];
    parts.forEach((part, i) => {
      const unseen = this.unseen(part.sequence, starts[i]);
      for (let at = starts[i]; at < starts[i] + part.rows; at++, rows++) {
        places[2 * rows] = part.sequence;
        places[2 * rows + 1] = at;
        pairs += at + 1 - unseen;
      }
      if (part.output) selected[outputs++] = rows - 1;
      positions += starts[i] + part.rows - unseen;
    });
    return { rows, outputs, positions, pairs };
  }

  /** Tokens before a row that attention does not see: rows of a sink see all. */
  private unseen(sequence: number, row: number): number {
    const isNew = row === this.host.call.sequences_length(this.handle, sequence);
    return isNew ? this.dropped(sequence) : 0;
  }

  /** All steps up to this one have completed on the GPU. */
  completed(step: number): void {
    this.host.call.sequences_completed(this.handle, step);
  }

  private check(result: number): number {
    if (result >= 0) return result;
    const { context } = this.capacities;
    if (result === contextFull) {
      throw new ContextOverflowError(`the sequence has reached the context of ${context} tokens`);
    }
    if (result === noFreePage) {
      throw new NoFreePageError(
        `the cache has no free page: it may have ${this.maxPages} of ${this.capacities.pageTokens} ` +
          'tokens on this device; use a shorter context, or close other sequences',
      );
    }
    throw new EngineError(`the host refused a step (fault ${result}); please report it`);
  }
}

function highestPage(pageTable: Uint32Array): number {
  let highest = -1;
  for (const page of pageTable) if (page !== unmapped && page > highest) highest = page;
  return highest;
}

/** As sequences_new reads them: for each table count, scale, frequencies. */
function flattenRope(rope: RopeTable[]): Float64Array<ArrayBuffer> {
  return Float64Array.from(
    rope.flatMap(({ frequencies, scale }) => [frequencies.length, scale, ...frequencies]),
  );
}
