// SPDX-License-Identifier: Apache-2.0
// StepQueue: submits steps to the GPU without waiting for those before, as many as there are step
// slots. Sampled ids stay on the GPU, in the buffer from which the next step embeds them, and come
// back here only to be shown.
//
//   await queue.submit({ parts: [{ sequence, rows: 5, output: true }], ids, output: 'ids' });
//   await queue.submit({ parts: [{ sequence, rows: 1, output: true }], output: 'ids' });
//   const { ids } = await queue.next();     // of the oldest step, one for each part with output
import type { Executor } from './executor.ts';
import type { HostSequences, StepPart } from './host_sequences.ts';
import type { PlanSizes } from './plan.ts';
import { Readback } from './readback.ts';

const wordBytes = 4;

export interface StepRequest {
  parts: readonly StepPart[];
  /** The token ids of all rows; left out: those that the step before sampled, in its order. */
  ids?: Uint32Array<ArrayBuffer> | undefined;
  /** What comes back of the outputs: the most likely ids, logits for the processor, or nothing. */
  output: 'ids' | 'logits' | 'nothing';
}

export interface StepResult {
  ids?: Uint32Array;
  /** Of each output one row. */
  logits?: Float32Array[];
}

interface Submitted {
  step: number;
  result: Promise<StepResult>;
}

export class StepQueue {
  readonly depth: number;
  /** Outputs that one step may have. */
  readonly maxOutputs: number;
  private readonly idReadback: Readback;
  private logitReadback: Readback | undefined;
  private readonly tokens: GPUBuffer;
  private readonly slots: GPUBuffer;
  private readonly pageTable: GPUBuffer;
  private readonly inFlight: Submitted[] = [];
  private readonly slotBytes: number;
  private submitted = 0;
  private prepared = 0;

  constructor(
    private readonly executor: Executor,
    private readonly sequences: HostSequences,
    private readonly vocabulary: number,
  ) {
    const { buffers, device, plan } = executor;
    const { stepSlots, stepSlotBytes, maxSequences } = plan.program.capacities;
    this.depth = stepSlots;
    this.slotBytes = stepSlotBytes;
    this.tokens = buffers.role('tokens');
    this.slots = buffers.role('step');
    this.pageTable = buffers.role('page_table');
    const logitRows = Math.floor(this.logits.size / (vocabulary * wordBytes));
    this.maxOutputs = Math.min(maxSequences, logitRows);
    this.idReadback = new Readback(device, buffers, stepSlots, wordBytes * this.maxOutputs);
  }

  get length(): number {
    return this.inFlight.length;
  }

  /** Submits one step; a slot must be free (length < depth). */
  async submit({ parts, ids, output }: StepRequest): Promise<void> {
    const { device } = this.executor;
    const slot = this.submitted % this.depth;
    const { queue } = device.gpu;
    const prepared = this.sequences.prepare(parts);
    this.prepared = prepared.number;
    // The host's views are written before anything is awaited: its memory may move.
    if (ids) queue.writeBuffer(this.tokens, 0, ids);
    if (prepared.pageTable.length > 0) {
      queue.writeBuffer(this.pageTable, prepared.pageTableOffset, prepared.pageTable);
    }
    queue.writeBuffer(this.slots, slot * this.slotBytes, prepared.slot);
    try {
      await this.executor.reserve(prepared.poolPages);
    } catch (error) {
      if (this.inFlight.length === 0) this.completedAll();
      throw error;
    }
    const { rows, outputs, pages } = prepared;
    const result = this.run(slot, { rows, outputs, pages }, output);
    result.catch(() => {}); // next() reports it; it may not be called after a first failure
    this.inFlight.push({ step: prepared.number, result });
    this.submitted++;
  }

  /** Waits for the oldest step and returns what its outputs gave. */
  async next(): Promise<StepResult> {
    const oldest = this.inFlight.shift();
    if (!oldest) throw new Error('no step is in flight');
    const result = await oldest.result;
    if (this.inFlight.length > 0) this.sequences.completed(oldest.step);
    else this.completedAll();
    return result;
  }

  /** Waits until nothing is in flight; what fails then has been reported, or will be by the next. */
  async drain(): Promise<void> {
    while (this.inFlight.length > 0) await this.next().catch(() => {});
    this.completedAll();
  }

  /** Nothing is in flight: also a step that failed before its submit is over. */
  private completedAll(): void {
    this.sequences.completed(this.prepared);
  }

  destroy(): void {
    this.idReadback.destroy();
    this.logitReadback?.destroy();
  }

  private get logits(): GPUBuffer {
    const [logits] = this.executor.plan.function('head').results;
    return this.executor.buffers.at(logits);
  }

  private run(slot: number, sizes: PlanSizes, output: StepRequest['output']): Promise<StepResult> {
    const step = this.executor.begin(slot);
    step.run('forward', sizes);
    if (output === 'ids') step.run('greedy', sizes);
    if (output === 'logits') step.run('head', sizes);
    const ids = wordBytes * sizes.outputs;
    const row = wordBytes * this.vocabulary;
    if (output === 'logits') {
      const readback = this.readbackOfLogits();
      step.copy(this.logits, readback.slot(slot), sizes.outputs * row);
      step.submit();
      return readback.read(slot, sizes.outputs * row).then((bytes) => ({
        logits: Array.from(
          { length: sizes.outputs },
          (_, i) => new Float32Array(bytes, i * row, this.vocabulary),
        ),
      }));
    }
    // Of a step without outputs a word comes back as well: that it has completed.
    step.copy(this.tokens, this.idReadback.slot(slot), ids || wordBytes);
    step.submit();
    const read = this.idReadback.read(slot, ids || wordBytes);
    return read.then((bytes) => ({ ids: new Uint32Array(bytes) }));
  }

  private readbackOfLogits(): Readback {
    const { device, buffers } = this.executor;
    const bytes = this.maxOutputs * this.vocabulary * wordBytes;
    return (this.logitReadback ??= new Readback(device, buffers, this.depth, bytes));
  }
}
