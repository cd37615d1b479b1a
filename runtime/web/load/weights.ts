// SPDX-License-Identifier: Apache-2.0
// Streams the segments of a bundle to the GPU: each is read, compared with its hash, written piece by
// piece into the tensors' buffers, and forgotten. At most `lanes` segments are in memory.
import { readVerified, type ReadOptions, type Source } from '../files/source.ts';
import type { Buffers } from '../gpu/buffers.ts';
import type { OpenDevice } from '../gpu/device.ts';
import type { ByteRange, Program } from '../gpu/program.ts';
import type { Manifest, Piece } from './manifest.ts';

const lanes = 3;

interface Destination {
  buffer: GPUBuffer;
  piece: Piece;
}

export async function loadWeights(
  device: OpenDevice,
  source: Source,
  manifest: Manifest,
  program: Program,
  buffers: Buffers,
  options: ReadOptions,
): Promise<void> {
  const destinations = bySegment(manifest, program, buffers);
  let next = 0;
  const lane = async () => {
    while (next < manifest.segments.length) {
      const segment = next++;
      const bytes = await readVerified(source, manifest.segments[segment], options);
      for (const { buffer, piece } of destinations[segment]) {
        device.gpu.queue.writeBuffer(buffer, piece.at, bytes, piece.offset, piece.bytes);
      }
      // Else a fast network would fill the browser's staging memory ahead of a slow GPU.
      await device.wait(device.gpu.queue.onSubmittedWorkDone());
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function bySegment(manifest: Manifest, program: Program, buffers: Buffers): Destination[][] {
  const destinations: Destination[][] = manifest.segments.map(() => []);
  program.buffers.forEach(({ role, tensor, ranges }, index) => {
    if (role !== 'weight') return;
    for (const piece of manifest.tensors[tensor].pieces) {
      for (const part of partsWithin(ranges, piece)) {
        destinations[piece.segment].push({ buffer: buffers.at(index), piece: part });
      }
    }
  });
  return destinations;
}

/** What of a piece of a tensor lies in a buffer of these ranges; `at` is then within the buffer. */
function partsWithin(ranges: readonly ByteRange[], piece: Piece): Piece[] {
  if (ranges.length === 0) return [piece];
  const parts: Piece[] = [];
  let start = 0; // of the range, in the buffer
  for (const range of ranges) {
    const from = Math.max(piece.at, range.at);
    const to = Math.min(piece.at + piece.bytes, range.at + range.bytes);
    if (from < to) {
      const offset = piece.offset + (from - piece.at);
      parts.push({ ...piece, offset, at: start + (from - range.at), bytes: to - from });
    }
    start += range.bytes;
  }
  return parts;
}
