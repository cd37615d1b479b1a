// SPDX-License-Identifier: Apache-2.0
// The check at start: a driver may compile a kernel's variant and yet compute nonsense. So each
// variant runs one workgroup beside its plain kernel, on the same numbers, and is refused where the
// results differ; then the next best one is tried. Everything is one submit and one readback.
//
//   await checkVariants(executor, sequences);
//
// The case: the weights as they are, a step of one row of a sequence of some length, and noise in
// everything else. The noise is finite as f32, as pairs of f16 and as anything packed.
import type { HostSequences } from '../host/host_sequences.ts';
import type { Executor } from './executor.ts';

const noiseBytes = 256 << 10; // reaches a row of any activation, and a head's share of a cache page
const comparedBytes = 16 << 10; // at the beginning of what a kernel writes
const lookBack = 40; // positions before the row's

const usage = { mapRead: 0x1, copySource: 0x4, copyDestination: 0x8 };

export async function checkVariants(executor: Executor, sequences: HostSequences): Promise<void> {
  const { kernels, plan } = executor;
  const used = new Set(plan.program.bindGroups.map(({ kernel }) => kernel));
  let unchecked = kernels.varied.filter((kernel) => used.has(kernel));
  if (unchecked.length === 0) return;
  const noise = makeNoise();
  writeStep(executor, sequences);
  while (unchecked.length > 0) {
    const failed = await new Trial(executor, unchecked, noise).run();
    await Promise.all(failed.map((kernel) => kernels.refuse(kernel, 'it computes other numbers')));
    unchecked = failed.filter((kernel) => kernels.varied.includes(kernel));
  }
}

/** +-[1, 2) in each f16; each f32 is finite and small. The same on every machine. */
function makeNoise(): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(noiseBytes / 4);
  let state = 1;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = ((state ^ (state >>> 15)) & 0x83ff83ff) | 0x3c003c00;
  }
  return words;
}

/** One row that looks back on others of its sequence, in the first slot of the step buffer. */
function writeStep({ device, plan, buffers }: Executor, sequences: HostSequences): void {
  const { maxRows, context } = plan.program.capacities;
  const { queue } = device.gpu;
  const sequence = sequences.open();
  if (sequence === undefined) return;
  for (const rows of [Math.min(lookBack, maxRows, context - 1), 1]) {
    if (rows < 1) continue;
    const step = sequences.prepare([{ sequence, rows, output: true }]);
    queue.writeBuffer(buffers.role('step'), 0, step.slot);
    queue.writeBuffer(buffers.role('page_table'), step.pageTableOffset, step.pageTable);
    sequences.completed(step.number);
  }
  sequences.close(sequence);
}

/** A buffer that a kernel uses, and where its first bytes lie in the readback. */
interface Output {
  kernel: number;
  buffer: GPUBuffer;
  bytes: number;
  plainAt: number;
  variantAt: number;
}

class Trial {
  private readonly noise: GPUBuffer;
  private readonly outputs: Output[];
  private readonly readback: GPUBuffer;
  private readonly touched = new Set<GPUBuffer>();

  constructor(
    private readonly executor: Executor,
    private readonly kernels: readonly number[],
    private readonly words: Uint32Array<ArrayBuffer>,
  ) {
    const { gpu } = executor.device;
    let bytes = 0;
    const place = (size: number) => (bytes += size) - size;
    this.outputs = kernels.flatMap((kernel) =>
      this.bound(kernel)
        .filter(({ written }) => written)
        .map(({ buffer }) => {
          const size = Math.min(buffer.size, comparedBytes);
          return { kernel, buffer, bytes: size, plainAt: place(size), variantAt: place(size) };
        }),
    );
    this.noise = gpu.createBuffer({
      label: 'noise',
      size: noiseBytes,
      usage: usage.copySource | usage.copyDestination,
    });
    gpu.queue.writeBuffer(this.noise, 0, words);
    this.readback = gpu.createBuffer({
      label: 'self-check',
      size: Math.max(bytes, 16),
      usage: usage.mapRead | usage.copyDestination,
    });
  }

  /** The kernels whose variant differs. */
  async run(): Promise<number[]> {
    const { device, kernels } = this.executor;
    device.gpu.pushErrorScope('validation');
    const encoder = device.gpu.createCommandEncoder();
    for (const kernel of this.kernels) {
      this.encode(encoder, kernel, kernels.plain[kernel], 'plainAt');
      this.encode(encoder, kernel, kernels.pipelines[kernel], 'variantAt');
    }
    for (const buffer of this.touched) encoder.clearBuffer(buffer, 0, filled(buffer));
    device.gpu.queue.submit([encoder.finish()]);
    try {
      const refused = await device.wait(device.gpu.popErrorScope());
      if (refused) return [...this.kernels];
      await device.wait(this.readback.mapAsync(1));
      return this.compare(this.readback.getMappedRange());
    } finally {
      this.readback.destroy();
      this.noise.destroy();
    }
  }

  private encode(
    encoder: GPUCommandEncoder,
    kernel: number,
    pipeline: GPUComputePipeline,
    at: 'plainAt' | 'variantAt',
  ): void {
    const { kernels, plan } = this.executor;
    const group = this.group(kernel);
    for (const { buffer, noisy } of this.bound(kernel)) {
      if (!noisy) continue;
      encoder.copyBufferToBuffer(this.noise, 0, buffer, 0, filled(buffer));
      this.touched.add(buffer);
    }
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const { bindGroups, buffers } = plan.program;
    const usesStep = bindGroups[group].buffers.some((index) => buffers[index].role === 'step');
    pass.setBindGroup(0, kernels.bindGroups[group], usesStep ? [0] : []);
    pass.dispatchWorkgroups(1);
    pass.end();
    for (const output of this.outputs) {
      if (output.kernel !== kernel) continue;
      encoder.copyBufferToBuffer(output.buffer, 0, this.readback, output[at], output.bytes);
    }
  }

  /** The first bind group of a kernel. */
  private group(kernel: number): number {
    return this.executor.plan.program.bindGroups.findIndex((group) => group.kernel === kernel);
  }

  private bound(kernel: number): { buffer: GPUBuffer; written: boolean; noisy: boolean }[] {
    const { plan, buffers } = this.executor;
    const { kernels, bindGroups, buffers: described } = plan.program;
    const { bindings } = kernels[kernel];
    const group = bindGroups[this.group(kernel)];
    return group.buffers.map((index, binding) => ({
      buffer: buffers.at(index),
      written: bindings[binding] === 'storage',
      noisy: !['weight', 'step', 'page_table'].includes(described[index].role),
    }));
  }

  private compare(results: ArrayBuffer): number[] {
    const wrong = new Set<number>();
    for (const { kernel, bytes, plainAt, variantAt } of this.outputs) {
      const plain = new Uint32Array(results, plainAt, bytes / 4);
      const variant = new Uint32Array(results, variantAt, bytes / 4);
      if (!agree(plain, variant, this.words)) wrong.add(kernel);
    }
    return [...wrong];
  }
}

const filled = (buffer: GPUBuffer) => Math.min(buffer.size, noiseBytes);

/**
 * Whether two kernels wrote the same, up to rounding. Sums of n terms of random sign, added in
 * different orders, differ by about 2 * 4 * sqrt(n) * u * sum|terms| (Higham and Mary 2019), that is
 * 8 n u of a typical result, which is their median: 2^-7 for n = 2^14 and u = 2^-24. Where the plain
 * kernel left the noise, the variant must, too. Integers are compared as the tiny floats of their
 * bits, whose quotients are the integers' own.
 */
export function agree(plain: Uint32Array, variant: Uint32Array, noise: Uint32Array): boolean {
  const expected = new Float32Array(plain.buffer, plain.byteOffset, plain.length);
  const found = new Float32Array(variant.buffer, variant.byteOffset, variant.length);
  const sizes = [...expected.filter((_, i) => plain[i] !== noise[i])].map(Math.abs);
  const typical = sizes.sort((a, b) => a - b)[sizes.length >> 1] ?? 0;
  return expected.every((value, i) => {
    if (plain[i] === variant[i]) return true;
    if (plain[i] === noise[i]) return false;
    return Math.abs(found[i] - value) <= 2 ** -7 * Math.max(Math.abs(value), typical);
  });
}
