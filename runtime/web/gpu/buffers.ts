// SPDX-License-Identifier: Apache-2.0
// Buffers: every GPU buffer of a program. The pools of the key-value cache, and scratch that is as
// long as they are, grow together by doubling; what the cache holds moves along.
import type { OpenDevice } from './device.ts';
import type { BufferRole, Program, ProgramBuffer } from './program.ts';

// GPUBufferUsage, which Node has not as a global.
const usage = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8, storage: 0x80, uniform: 0x40 };
const contents = usage.storage | usage.copySource | usage.copyDestination;

interface Move {
  from: GPUBuffer;
  to: GPUBuffer;
}

export class Buffers {
  pages: number;
  private moves: Move[] = [];
  private replaced: GPUBuffer[] = [];

  private constructor(
    private readonly device: OpenDevice,
    private readonly program: Program,
    private readonly all: GPUBuffer[],
  ) {
    this.pages = program.capacities.initialPages;
  }

  static async create(device: OpenDevice, program: Program): Promise<Buffers> {
    const pages = program.capacities.initialPages;
    const sizes = program.buffers.map((buffer) => bytesOf(program, buffer, pages));
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const made = await device.allocate(`${megabytes(total)} of weights, cache and scratch`, () =>
      program.buffers.map((buffer, i) => createBuffer(device, buffer, sizes[i])),
    );
    return new Buffers(device, program, made);
  }

  at(index: number): GPUBuffer {
    return this.all[index];
  }

  /** The only buffer of this role. */
  role(role: BufferRole): GPUBuffer {
    const index = this.program.buffers.findIndex((buffer) => buffer.role === role);
    if (index < 0) throw new Error(`the program has no buffer of role ${role}`);
    return this.all[index];
  }

  get allocatedBytes(): number {
    return this.all.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  /**
   * Makes the pools hold `pages` and returns the indices of the buffers that are new. Doubles as
   * long as the device's limits allow, then takes what is needed. After an error all is as before.
   */
  async grow(pages: number): Promise<number[]> {
    const { buffers } = this.program;
    const growing = buffers.flatMap((buffer, i) => (buffer.bytesPerPage > 0 ? [i] : []));
    const next = Math.min(this.maxPages, Math.max(pages, 2 * this.pages));
    const sizes = growing.map((i) => bytesOf(this.program, buffers[i], next));
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    const made = await this.device.allocate(`a cache of ${next} pages, ${megabytes(total)}`, () =>
      growing.map((index, i) => createBuffer(this.device, buffers[index], sizes[i])),
    );
    growing.forEach((index, i) => {
      const from = this.all[index];
      if (buffers[index].role === 'cache') this.moves.push({ from, to: made[i] });
      this.replaced.push(from);
      this.all[index] = made[i];
    });
    this.pages = next;
    return growing;
  }

  /** Encodes what growing has left to do, ahead of a step's own work. */
  encodeMoves(encoder: GPUCommandEncoder): void {
    for (const { from, to } of this.moves) encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
  }

  /** Frees what growing replaced; to be called when that step was submitted. */
  releaseReplaced(): void {
    for (const buffer of this.replaced) buffer.destroy();
    this.replaced = [];
    this.moves = [];
  }

  createReadback(bytes: number): GPUBuffer {
    return this.device.gpu.createBuffer({
      label: 'readback',
      size: bytes,
      usage: usage.mapRead | usage.copyDestination,
    });
  }

  destroy(): void {
    for (const buffer of this.all) buffer.destroy();
    this.releaseReplaced();
  }

  /** The pages that the pools can have at most, by the program and by what the device can bind. */
  get maxPages(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.gpu.limits;
    const limit = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    const { maxSequences, pagesPerSequence } = this.program.capacities;
    return this.program.buffers.reduce(
      (most, { bytes, bytesPerPage }) =>
        bytesPerPage > 0 ? Math.min(most, Math.floor((limit - bytes) / bytesPerPage)) : most,
      maxSequences * pagesPerSequence,
    );
  }
}

function bytesOf(program: Program, buffer: ProgramBuffer, pages: number): number {
  const { stepSlots, stepSlotBytes } = program.capacities;
  if (buffer.role === 'step') return stepSlots * stepSlotBytes;
  return Math.max(16, buffer.bytes + buffer.bytesPerPage * pages);
}

function createBuffer(device: OpenDevice, buffer: ProgramBuffer, bytes: number): GPUBuffer {
  const uniform = buffer.role === 'step' ? usage.uniform : 0;
  return device.gpu.createBuffer({ label: buffer.name, size: bytes, usage: contents | uniform });
}

const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
