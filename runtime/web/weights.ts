// SPDX-License-Identifier: Apache-2.0
// Streams the segments of a bundle to the GPU: each is read, compared with its hash, written piece by
// piece into the tensors' buffers, and forgotten. At most `lanes` segments are in memory.
import type { OpenDevice } from './device.ts';
import type { Manifest, Piece } from './manifest.ts';
import { readVerified, type Source } from './source.ts';

const lanes = 3;

interface Destination {
  buffer: GPUBuffer;
  piece: Piece;
}

export async function loadWeights(
  device: OpenDevice,
  source: Source,
  manifest: Manifest,
  bufferOf: (tensor: number) => GPUBuffer | undefined,
  options: { signal: AbortSignal; onBytes: (bytes: number) => void },
): Promise<void> {
  const destinations = sortBySegment(manifest, bufferOf);
  let next = 0;
  const lane = async () => {
    while (next < manifest.segments.length) {
      const segment = next++;
      if (destinations[segment].length === 0) continue;
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

function sortBySegment(
  manifest: Manifest, bufferOf: (tensor: number) => GPUBuffer | undefined,
): Destination[][] {
  const destinations: Destination[][] = manifest.segments.map(() => []);
  manifest.tensors.forEach((tensor, index) => {
    const buffer = bufferOf(index);
    if (!buffer) return;
    for (const piece of tensor.pieces) destinations[piece.segment].push({ buffer, piece });
  });
  return destinations;
}
