// SPDX-License-Identifier: Apache-2.0
// Loads a bundle: manifest, then device, library and tokenizer together, then weights and kernels
// together, then a check of the kernels that were chosen. What fails stops the rest, and nothing is
// left behind on the GPU.
import { throwIfAborted } from '../errors.ts';
import { openSource, readManifest, readVerified, type Source } from '../files/source.ts';
import { Buffers } from '../gpu/buffers.ts';
import { openDevice, timestampFeature, type OpenDevice } from '../gpu/device.ts';
import { Executor } from '../gpu/executor.ts';
import { Kernels } from '../gpu/kernels.ts';
import { Plan } from '../gpu/plan.ts';
import { checkVariants } from '../gpu/self_check.ts';
import { Host } from '../host/host.ts';
import { HostSequences } from '../host/host_sequences.ts';
import { Tokenizer } from '../host/tokenizer.ts';
import { manifestName, parseManifest, type Manifest } from './manifest.ts';
import type { EngineOptions, LoadProgress } from './options.ts';
import { slidingWindow } from './sliding_window.ts';
import { loadWeights } from './weights.ts';

const maxManifestBytes = 64 << 20;

export interface LoadedBundle {
  manifest: Manifest;
  host: Host;
  tokenizer: Tokenizer | undefined;
  executor: Executor;
  sequences: HostSequences;
}

export async function loadBundle(
  address: string | URL,
  options: EngineOptions,
): Promise<LoadedBundle> {
  const { signal } = options;
  throwIfAborted(signal, 'loading');
  const loader = new Loader(address, options);
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason);
  });
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([loader.load(), aborted]); // a driver compiles on, whatever is wanted
  } catch (error) {
    await loader.stop(error);
    throwIfAborted(signal, 'loading');
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

interface Library {
  plan: Plan;
  host: Host;
  tokenizer: Tokenizer | undefined;
}

class Loader {
  private readonly source: Source;
  private readonly stopping = new AbortController();
  private readonly signal = this.stopping.signal;
  private readonly frees: (() => void)[] = [];
  private readonly reads: Promise<unknown>[] = [];

  constructor(
    address: string | URL,
    private readonly options: EngineOptions,
  ) {
    this.source = openSource(address, options);
  }

  /** Frees what is on the GPU, also what is made later, and waits until what was read is kept. */
  async stop(reason: unknown): Promise<void> {
    this.stopping.abort(reason);
    for (const free of this.frees) free();
    await Promise.allSettled(this.reads);
  }

  private freeAtStop(free: () => void): void {
    if (this.signal.aborted) free();
    else this.frees.push(free);
  }

  private reading<T>(promise: Promise<T>): Promise<T> {
    this.reads.push(promise);
    return promise;
  }

  async load(): Promise<LoadedBundle> {
    const { source, signal } = this;
    const manifest = await readManifest(source, manifestName, maxManifestBytes, parseManifest, {
      signal,
    });
    const [device, { plan, host, tokenizer }] = await Promise.all([
      this.device(manifest),
      this.reading(this.library(manifest)),
    ]);
    throwIfAborted(signal, 'loading');
    const { pageTokens } = plan.program.capacities;
    const window = slidingWindow(this.options, manifest.context, pageTokens);
    const buffers = await Buffers.create(device, plan.program);
    this.freeAtStop(() => buffers.destroy());
    throwIfAborted(signal, 'loading');
    const [kernels] = await Promise.all([
      this.kernels(device, manifest, plan),
      this.reading(this.weights(device, manifest, plan, buffers)),
    ]);
    throwIfAborted(signal, 'loading');
    kernels.bind(buffers);
    device.check();
    const executor = new Executor(device, plan, buffers, kernels);
    const sequences = new HostSequences(host, plan.program, buffers.maxPages, window);
    await checkVariants(executor, sequences);
    return { manifest, host, tokenizer, executor, sequences };
  }

  private async device(manifest: Manifest): Promise<OpenDevice> {
    const optionalFeatures = this.optionalFeatures(manifest);
    const features = [...manifest.features, ...(this.options.profile ? [timestampFeature] : [])];
    const device = await openDevice(this.options, { ...manifest, features, optionalFeatures });
    this.freeAtStop(() => device.close());
    return device;
  }

  private async library(manifest: Manifest): Promise<Library> {
    const { source, signal } = this;
    const { library, tokenizer } = manifest;
    const onBytes = this.count('library', library.bytes + (tokenizer?.bytes ?? 0));
    const [planBytes, tokenizerBytes, host] = await Promise.all([
      readVerified(source, library, { signal, onBytes }),
      tokenizer && readVerified(source, tokenizer, { signal, onBytes }),
      Host.load(this.options.runtimeWasm, signal),
    ]);
    const plan = await Plan.load(planBytes, manifest.tensors.length);
    return { plan, host, tokenizer: tokenizerBytes && Tokenizer.open(host, tokenizerBytes) };
  }

  private optionalFeatures({ optionalFeatures: known }: Manifest): string[] {
    const { optionalFeatures: allowed = known } = this.options;
    return known.filter((feature) => allowed.includes(feature));
  }

  private async kernels(device: OpenDevice, manifest: Manifest, plan: Plan): Promise<Kernels> {
    const usable = [...manifest.features, ...this.optionalFeatures(manifest)];
    const features = new Set(usable.filter((feature) => device.gpu.features.has(feature)));
    const count = this.count('kernels', plan.program.kernels.length);
    return Kernels.create(device, plan.program, features, () => count(1));
  }

  private async weights(
    device: OpenDevice,
    manifest: Manifest,
    plan: Plan,
    buffers: Buffers,
  ): Promise<void> {
    const { source, signal } = this;
    const total = manifest.segments.reduce((sum, { bytes }) => sum + bytes, 0);
    const onBytes = this.count('weights', total);
    await loadWeights(device, source, manifest, plan.program, buffers, { signal, onBytes });
  }

  /** Reports a phase from its beginning; the function adds to what was reported. */
  private count(phase: LoadProgress['phase'], total: number): (more: number) => void {
    let loaded = 0;
    const report = this.options.progress;
    report?.({ phase, loaded, total });
    return (more) => {
      loaded += more;
      if (!this.signal.aborted) report?.({ phase, loaded, total });
    };
  }
}
