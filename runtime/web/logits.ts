// SPDX-License-Identifier: Apache-2.0
// Reads back the logits of one row, for tests and research: generating never does.
import type { Executor } from './executor.ts';
import { Readback } from './readback.ts';

export async function readLogits(executor: Executor, vocabulary: number): Promise<Float32Array> {
  const { device, plan, buffers } = executor;
  const [logits] = plan.function('head').results;
  const bytes = vocabulary * 4;
  const readback = new Readback(device, buffers, 1, bytes);
  try {
    const encoder = device.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(buffers.at(logits), 0, readback.slot(0), 0, bytes);
    device.gpu.queue.submit([encoder.finish()]);
    return new Float32Array(await readback.read(0, bytes));
  } finally {
    readback.destroy();
  }
}
