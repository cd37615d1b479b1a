// SPDX-License-Identifier: Apache-2.0
// Executor: replays what a plan lists. A step is one command encoder, one compute pass over its
// functions' dispatches, and one submit; nothing is created in it but these.
//
//   const step = executor.begin(slot);
//   step.run('forward', sizes);
//   step.run('greedy', sizes);
//   step.copy(tokens, readback, 4);
//   step.submit();
import type { Buffers } from './buffers.ts';
import type { OpenDevice } from './device.ts';
import type { Kernels } from './kernels.ts';
import { copyRecord, recordWords, type Plan, type PlanSizes } from './plan.ts';

/** What a step works on; beside what plans take, what its sequences hold. */
export interface StepSizes extends PlanSizes {
  /** Positions of all its sequences. */
  positions: number;
  /** Those that each row looks back on, its own included, summed over the rows. */
  pairs: number;
}

/** Times the dispatches of one step, each of which gets a pass of its own. */
export interface StepTimer {
  enter(name: string, sizes: StepSizes): void;
  next(record: Uint32Array): GPUComputePassDescriptor;
  finish(encoder: GPUCommandEncoder): void;
  submitted(): void;
}

/** Times the steps of an engine whose profile is wanted. */
export interface StepRecorder {
  begin(): StepTimer;
  destroy(): void;
}

export class Executor {
  recorder: StepRecorder | undefined;
  private readonly slotOffsets: Uint32Array<ArrayBuffer>;

  constructor(
    readonly device: OpenDevice,
    readonly plan: Plan,
    readonly buffers: Buffers,
    readonly kernels: Kernels,
  ) {
    const { stepSlots, stepSlotBytes } = plan.program.capacities;
    this.slotOffsets = Uint32Array.from({ length: stepSlots }, (_, slot) => slot * stepSlotBytes);
  }

  /** Makes the cache hold `pages`; does nothing when it does already. */
  async reserve(pages: number): Promise<void> {
    if (pages <= this.buffers.pages) return;
    this.kernels.bind(this.buffers, await this.buffers.grow(pages));
  }

  /** Frees the GPU's memory, and the device unless it was given. */
  close(): void {
    this.recorder?.destroy();
    this.buffers.destroy();
    this.device.close();
  }

  begin(slot: number): Step {
    const encoder = this.device.gpu.createCommandEncoder();
    this.buffers.encodeMoves(encoder);
    return new Step(this, encoder, slot, this.slotOffsets, this.recorder?.begin());
  }
}

/** One step being encoded. */
export class Step {
  private pass: GPUComputePassEncoder | undefined;
  private kernel = -1;

  constructor(
    private readonly executor: Executor,
    private readonly encoder: GPUCommandEncoder,
    private readonly slot: number,
    private readonly slotOffsets: Uint32Array<ArrayBuffer>,
    private readonly timer: StepTimer | undefined,
  ) {}

  run(name: string, sizes: StepSizes): void {
    const { plan } = this.executor;
    this.timer?.enter(name, sizes);
    const count = plan.list(name, sizes);
    const { records } = plan;
    for (let at = 0; at < count * recordWords; at += recordWords) {
      if (records[at] === copyRecord) this.copyWhole(records, at);
      else this.dispatch(records, at);
    }
  }

  copy(from: GPUBuffer, to: GPUBuffer, bytes: number): void {
    this.endPass();
    this.encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
  }

  submit(): void {
    this.endPass();
    const { device, buffers } = this.executor;
    this.timer?.finish(this.encoder);
    device.gpu.queue.submit([this.encoder.finish()]);
    this.timer?.submitted();
    buffers.releaseReplaced();
  }

  private dispatch(records: Uint32Array, at: number): void {
    const { pipelines, bindGroups } = this.executor.kernels;
    const timing = this.timer?.next(records.subarray(at, at + recordWords));
    const pass = (this.pass ??= this.encoder.beginComputePass(timing));
    const kernel = records[at + 1];
    if (kernel !== this.kernel) {
      pass.setPipeline(pipelines[kernel]);
      this.kernel = kernel;
    }
    const group = bindGroups[records[at + 2]];
    if (records[at + 3] === 0) pass.setBindGroup(0, group);
    else pass.setBindGroup(0, group, this.slotOffsets, this.slot, 1);
    pass.dispatchWorkgroups(records[at + 4], records[at + 5], records[at + 6]);
    if (timing) this.endPass();
  }

  private copyWhole(records: Uint32Array, at: number): void {
    const { buffers } = this.executor;
    this.copy(buffers.at(records[at + 1]), buffers.at(records[at + 2]), records[at + 4]);
  }

  private endPass(): void {
    this.pass?.end();
    this.pass = undefined;
    this.kernel = -1;
  }
}
