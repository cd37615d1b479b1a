// SPDX-License-Identifier: Apache-2.0
// Readback: one small buffer per step slot through which results come back to JavaScript. They are
// made at load; a slot is free again when its read has resolved.
import type { Buffers } from './buffers.ts';
import type { OpenDevice } from './device.ts';

const mapModeRead = 1; // GPUMapMode.READ, which Node has not as a global

export class Readback {
  private readonly slots: GPUBuffer[];

  constructor(
    private readonly device: OpenDevice,
    buffers: Buffers,
    slots: number,
    bytes: number,
  ) {
    this.slots = Array.from({ length: slots }, () => buffers.createReadback(bytes));
  }

  /** What a step copies its result into. */
  slot(index: number): GPUBuffer {
    return this.slots[index];
  }

  /** The first `bytes` of a slot, when the step that was submitted before has filled them. */
  async read(index: number, bytes: number): Promise<ArrayBuffer> {
    const buffer = this.slots[index];
    await this.device.wait(buffer.mapAsync(mapModeRead, 0, bytes));
    const copy = buffer.getMappedRange(0, bytes).slice(0);
    buffer.unmap();
    return copy;
  }

  destroy(): void {
    for (const buffer of this.slots) buffer.destroy();
  }
}
