// SPDX-License-Identifier: Apache-2.0
// Timestamps: query sets and the buffers through which they are read, used again and again.
//
//   const writer = timestamps.writer();
//   encoder.beginComputePass({ timestampWrites: writer.next() });   // of each pass
//   writer.finish(encoder); submit
//   const times = await writer.read();   // nanoseconds: begin, end, begin, end ...
import type { OpenDevice } from '../gpu/device.ts';

const queries = 4096; // the most that a set may have
const bytes = 8 * queries;
const usage = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8, resolve: 0x200 };

interface Block {
  set: GPUQuerySet;
  resolved: GPUBuffer;
  readback: GPUBuffer;
}

export interface TimestampWriter {
  next(): GPUComputePassTimestampWrites;
  finish(encoder: GPUCommandEncoder): void;
  /** To be called after the submit. */
  read(): Promise<BigUint64Array>;
}

export class Timestamps {
  private readonly all: Block[] = [];
  private readonly free: Block[] = [];

  constructor(private readonly device: OpenDevice) {}

  writer(): TimestampWriter {
    const blocks: Block[] = [];
    let used = 0;
    const usedOf = (block: number) => Math.min(queries, used - block * queries);
    return {
      next: () => {
        const at = used % queries;
        if (at === 0) blocks.push(this.free.pop() ?? this.create());
        used += 2;
        return {
          querySet: blocks.at(-1)!.set,
          beginningOfPassWriteIndex: at,
          endOfPassWriteIndex: at + 1,
        };
      },
      finish(encoder) {
        blocks.forEach(({ set, resolved, readback }, i) => {
          encoder.resolveQuerySet(set, 0, usedOf(i), resolved, 0);
          encoder.copyBufferToBuffer(resolved, 0, readback, 0, 8 * usedOf(i));
        });
      },
      read: async () => {
        const times = new BigUint64Array(used);
        const readBlock = async ({ readback }: Block, i: number) => {
          await this.device.wait(readback.mapAsync(1, 0, 8 * usedOf(i)));
          const range = readback.getMappedRange(0, 8 * usedOf(i));
          times.set(new BigUint64Array(range), i * queries);
          readback.unmap();
        };
        await Promise.all(blocks.map(readBlock));
        this.free.push(...blocks);
        return times;
      },
    };
  }

  destroy(): void {
    for (const { set, resolved, readback } of this.all) {
      set.destroy();
      resolved.destroy();
      readback.destroy();
    }
  }

  private create(): Block {
    const { gpu } = this.device;
    const block = {
      set: gpu.createQuerySet({ label: 'profile', type: 'timestamp', count: queries }),
      resolved: gpu.createBuffer({ size: bytes, usage: usage.resolve | usage.copySource }),
      readback: gpu.createBuffer({ size: bytes, usage: usage.mapRead | usage.copyDestination }),
    };
    this.all.push(block);
    return block;
  }
}
