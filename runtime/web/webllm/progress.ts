// SPDX-License-Identifier: Apache-2.0
// ProgressReporter: the phases of loading as one number from 0 to 1, as WebLLM reports it.
import type { LoadProgress } from '../api.ts';
import type { InitProgressCallback, InitProgressReport } from './config.ts';

// Shares of the whole, by how long the phases take.
const shares = { library: 0.05, weights: 0.85, kernels: 0.1 };
const names = { library: 'the library', weights: 'weights', kernels: 'kernels' };

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export class ProgressReporter {
  private readonly start = performance.now();
  private readonly done = { library: 0, weights: 0, kernels: 0 };

  constructor(private readonly callback: InitProgressCallback | undefined) {}

  readonly report = ({ phase, loaded, total }: LoadProgress): void => {
    this.done[phase] = total === 0 ? 1 : loaded / total;
    const counts =
      phase === 'kernels'
        ? `${loaded} of ${total}`
        : `${megabytes(loaded)} of ${megabytes(total)} MB`;
    this.send({ phase, bytes: loaded, total, text: `Loading ${names[phase]}: ${counts}` });
  };

  /** Loading has ended. */
  finish(model: string): void {
    this.done.library = this.done.weights = this.done.kernels = 1;
    this.send({ phase: 'ready', bytes: 1, total: 1, text: `Finish loading ${model} on WebGPU` });
  }

  private send(report: Pick<InitProgressReport, 'phase' | 'bytes' | 'total' | 'text'>): void {
    const { library, weights, kernels } = this.done;
    const progress = library * shares.library + weights * shares.weights + kernels * shares.kernels;
    this.callback?.({
      progress: Math.min(1, progress),
      timeElapsed: (performance.now() - this.start) / 1000,
      ...report,
    });
  }
}
