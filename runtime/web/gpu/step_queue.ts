// SPDX-License-Identifier: Apache-2.0
// StepQueue: submits steps to the GPU without waiting for those before, as many as there are step
// slots. Sampled ids stay on the GPU, in the buffer from which the next step embeds them, and come
// back here only to be shown.
//
//   await queue.submit({ parts: [{ sequence, rows: 5, output: true }], ids, output: 'ids' });
//   await queue.submit({ parts: [{ sequence, rows: 1, output: true }], output: 'ids' });
//   const { choices } = await queue.next();     // of the oldest step, one for each part with output
import type { HostSequences, StepPart } from '../host/host_sequences.ts';
import { type Choice, logprobWords, readLogprobs } from './draw_layout.ts';
import type { Executor, Step, StepSizes } from './executor.ts';
import { Readback } from './readback.ts';

const wordBytes = 4;

export interface StepRequest {
  parts: readonly StepPart[];
  /** The token ids of all rows; left out: those that the step before sampled, in its order. */
  ids?: Uint32Array<ArrayBuffer> | undefined;
  /** What comes back of the outputs: ids that the GPU takes, logits for the processor, or nothing. */
  output: 'ids' | 'logits' | 'nothing';
  /** How ids are drawn; left out: the most likely ones are taken. */
  draw?: Draw | undefined;
}

export interface Draw {
  /** For top_k and top_p; the most that any output needs. */
  searches: number;
  hasLogprobs: boolean;
  /** The forward pass is submitted first, and runs while `prepare` computes. */
  isLate: boolean;
  /** Writes words of a sequence's part of the sampling buffer. */
  prepare(write: (sequence: number, at: number, words: Uint32Array<ArrayBuffer>) => void): void;
}

/** Of each output one. */
export interface StepResult {
  choices?: Choice[];
  logits?: Float32Array[];
}

/** Reads what a step has copied, when that was submitted. */
type Read = () => Promise<StepResult>;

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
    this.maxOutputs = maxSequences;
    const idWords = this.canDraw ? logprobWords : 1;
    this.idReadback = new Readback(device, buffers, stepSlots, wordBytes * idWords * maxSequences);
  }

  /** Whether kernels draw ids; bundles of earlier compilers have none. */
  get canDraw(): boolean {
    return this.executor.plan.has('draw');
  }

  get length(): number {
    return this.inFlight.length;
  }

  /** Submits one step; a slot must be free (length < depth). */
  async submit({ parts, ids, output, draw }: StepRequest): Promise<void> {
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
    const { rows, outputs, pages, positions, pairs } = prepared;
    const sizes = { rows, outputs, pages, positions, pairs, searches: draw?.searches ?? 0 };
    const result = this.run(slot, sizes, output, draw);
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

  private run(
    slot: number,
    sizes: StepSizes,
    output: StepRequest['output'],
    draw: Draw | undefined,
  ): Promise<StepResult> {
    let step = this.executor.begin(slot);
    step.run('forward', sizes);
    if (draw?.isLate) {
      step.submit();
      step = this.executor.begin(slot);
    }
    draw?.prepare((sequence, at, words) => this.writeSampling(sequence, at, words));
    if (draw || output === 'logits') step.run('head', sizes);
    if (draw) step.run('draw', sizes);
    else if (output === 'ids') step.run('greedy', sizes);
    if (draw?.hasLogprobs) step.run('logprobs', sizes);
    const reads: Read[] = [];
    if (output === 'logits') reads.push(this.copyLogits(step, slot, sizes.outputs));
    if (draw?.hasLogprobs) reads.push(this.copyLogprobs(step, slot, sizes.outputs));
    else if (draw || output !== 'logits') reads.push(this.copyIds(step, slot, sizes.outputs));
    step.submit();
    return Promise.all(reads.map((read) => read())).then((parts) => Object.assign({}, ...parts));
  }

  private writeSampling(sequence: number, at: number, words: Uint32Array<ArrayBuffer>): void {
    const { device, buffers, plan } = this.executor;
    const sampling = buffers.role('sampling');
    const sequenceBytes = sampling.size / plan.program.capacities.maxSequences;
    device.gpu.queue.writeBuffer(sampling, sequence * sequenceBytes + at * wordBytes, words);
  }

  /** Of a step without outputs a word comes back as well: that it has completed. */
  private copyIds(step: Step, slot: number, outputs: number): Read {
    const bytes = wordBytes * Math.max(outputs, 1);
    step.copy(this.tokens, this.idReadback.slot(slot), bytes);
    return async () => {
      const ids = new Uint32Array(await this.idReadback.read(slot, bytes), 0, outputs);
      return { choices: Array.from(ids, (id) => ({ id })) };
    };
  }

  private copyLogprobs(step: Step, slot: number, outputs: number): Read {
    const bytes = wordBytes * logprobWords * outputs;
    step.copy(this.resultOf('logprobs'), this.idReadback.slot(slot), bytes);
    return async () => {
      const records = await this.idReadback.read(slot, bytes);
      return { choices: readLogprobs(records, outputs) };
    };
  }

  private copyLogits(step: Step, slot: number, outputs: number): Read {
    const logits = this.resultOf('head');
    const row = logits.size / this.executor.plan.program.capacities.maxSequences; // padded
    const { device, buffers } = this.executor;
    this.logitReadback ??= new Readback(device, buffers, this.depth, logits.size);
    const readback = this.logitReadback;
    step.copy(logits, readback.slot(slot), outputs * row);
    return async () => {
      const bytes = await readback.read(slot, outputs * row);
      const rows = Array.from(
        { length: outputs },
        (_, i) => new Float32Array(bytes, i * row, this.vocabulary),
      );
      return { logits: rows };
    };
  }

  private resultOf(name: string): GPUBuffer {
    return this.executor.buffers.at(this.executor.plan.function(name).results[0]);
  }
}
