// SPDX-License-Identifier: Apache-2.0
// StepQueue: submits steps to the GPU without waiting for those before, as many as there are step
// slots. A sampled id stays on the GPU, in the buffer from which the next step embeds it, and comes
// back here only to be shown.
//
//   await queue.submit(sequence, { rows: 5, ids, output: 'greedy' });   // the end of a prompt
//   await queue.submit(sequence, { rows: 1, output: 'greedy' });        // of the id just sampled
//   const id = await queue.next();                                      // of the oldest step
import type { Executor } from './executor.ts';
import type { HostSequences } from './host_sequences.ts';
import type { PlanSizes } from './plan.ts';
import { Readback } from './readback.ts';

const idBytes = 4;

export interface StepRequest {
  /** Positions of the sequence that the step computes. */
  rows: number;
  /** The rows' token ids; left out: the id that the step before sampled. */
  ids?: Uint32Array<ArrayBuffer> | undefined;
  /** What is done with the last row; left out: nothing. */
  output?: 'greedy' | 'head' | undefined;
}

interface Submitted {
  step: number;
  result: Promise<ArrayBuffer>;
}

export class StepQueue {
  readonly depth: number;
  private readonly readback: Readback;
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
  ) {
    const { buffers, device, plan } = executor;
    const { stepSlots, stepSlotBytes } = plan.program.capacities;
    this.depth = stepSlots;
    this.slotBytes = stepSlotBytes;
    this.readback = new Readback(device, buffers, stepSlots, idBytes);
    this.tokens = buffers.role('tokens');
    this.slots = buffers.role('step');
    this.pageTable = buffers.role('page_table');
  }

  get length(): number {
    return this.inFlight.length;
  }

  /** Submits one step of a sequence; a slot must be free (length < depth). */
  async submit(sequence: number, { rows, ids, output }: StepRequest): Promise<void> {
    const { device } = this.executor;
    const outputs = output ? 1 : 0;
    const slot = this.submitted % this.depth;
    const { queue } = device.gpu;
    const prepared = this.sequences.prepare(sequence, rows, outputs);
    this.prepared = prepared.number;
    // The host's views are written before anything is awaited: its memory may move.
    if (ids) queue.writeBuffer(this.tokens, 0, ids);
    if (prepared.pageTable.length > 0) {
      queue.writeBuffer(this.pageTable, prepared.pageTableOffset, prepared.pageTable);
    }
    queue.writeBuffer(this.slots, slot * this.slotBytes, prepared.slot);
    await this.executor.reserve(prepared.poolPages);

    const sizes: PlanSizes = { rows, outputs, pages: prepared.pages };
    const step = this.executor.begin(slot);
    step.run('forward', sizes);
    if (output) step.run(output, sizes);
    step.copy(this.tokens, this.readback.slot(slot), idBytes);
    step.submit();
    const result = this.readback.read(slot, idBytes);
    result.catch(() => {}); // next() reports it; it may not be called after a first failure
    this.inFlight.push({ step: prepared.number, result });
    this.submitted++;
  }

  /** Waits for the oldest step and returns the id that it sampled, if it did. */
  async next(): Promise<number> {
    const oldest = this.inFlight.shift();
    if (!oldest) throw new Error('no step is in flight');
    const result = await oldest.result;
    this.sequences.completed(oldest.step);
    return new Uint32Array(result)[0];
  }

  /** Waits until nothing is in flight; what fails then has been reported, or will be by the next. */
  async drain(): Promise<void> {
    while (this.inFlight.length > 0) await this.next().catch(() => {});
    this.sequences.completed(this.prepared); // also a step that failed before its submit
  }

  destroy(): void {
    this.readback.destroy();
  }
}
