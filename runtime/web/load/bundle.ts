// SPDX-License-Identifier: Apache-2.0
// Loads a bundle: manifest, then device, library and tokenizer together, then weights and kernels
// together, then a check of the kernels that were chosen. What fails stops the rest, and nothing is left behind on the GPU.
import type { EngineOptions, LoadProgress } from '../api.ts';
import { Buffers } from '../gpu/buffers.ts';
import { openDevice, timestampFeature, type OpenDevice } from '../gpu/device.ts';
import { AbortedError, throwIfAborted } from '../errors.ts';
import { Executor } from '../gpu/executor.ts';
import { Host } from '../host/host.ts';
import { HostSequences } from '../host/host_sequences.ts';
import { Kernels } from '../gpu/kernels.ts';
import { manifestName, parseManifest, type Manifest } from './manifest.ts';
import { Plan } from '../gpu/plan.ts';
import { Tokenizer } from '../host/tokenizer.ts';
import { openSource, readManifest, readVerified, type Source } from './source.ts';
import { checkVariants } from '../gpu/self_check.ts';
import { slidingWindow } from '../scheduling/sliding_window.ts';
import { loadWeights } from '../gpu/weights.ts';

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
  throwIfAborted(options.signal, 'loading');
  const stop = new AbortController();
  const forward = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', forward);
  const opened: OpenDevice[] = [];
  try {
    return await new Loader(address, options, stop.signal, opened).load();
  } catch (error) {
    stop.abort(error);
    for (const device of opened) device.close();
    if (options.signal?.aborted) {
      throw new AbortedError('loading was stopped', { cause: options.signal.reason });
    }
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', forward);
  }
}

interface Library {
  plan: Plan;
  host: Host;
  tokenizer: Tokenizer | undefined;
}

/** A file of its own: for bundlers an asset, as modules are, since some cannot split workers. */
function loadProfiler(): Promise<typeof import('../profiler.ts')> {
  return import(new URL('./profiler.js', import.meta.url).href);
}

class Loader {
  private readonly source: Source;

  constructor(
    address: string | URL,
    private readonly options: EngineOptions,
    private readonly signal: AbortSignal,
    private readonly opened: OpenDevice[],
  ) {
    this.source = openSource(address, options);
  }

  async load(): Promise<LoadedBundle> {
    const { source, signal } = this;
    const manifest = await readManifest(source, manifestName, maxManifestBytes, parseManifest, {
      signal,
    });
    const [device, { plan, host, tokenizer }] = await Promise.all([
      this.device(manifest),
      this.library(manifest),
    ]);
    throwIfAborted(signal, 'loading');
    const { pageTokens } = plan.program.capacities;
    const window = slidingWindow(this.options, manifest.context, pageTokens);
    const buffers = await Buffers.create(device, plan.program);
    const [kernels] = await Promise.all([
      this.kernels(device, manifest, plan),
      this.weights(device, manifest, plan, buffers),
    ]);
    throwIfAborted(signal, 'loading');
    kernels.bind(buffers);
    device.check();
    const executor = new Executor(device, plan, buffers, kernels);
    const sequences = new HostSequences(host, plan.program, buffers.maxPages, window);
    await checkVariants(executor, sequences);
    if (this.options.profile) {
      const { Recorder } = await loadProfiler();
      executor.recorder = new Recorder(executor, manifest);
    }
    throwIfAborted(signal, 'loading');
    return { manifest, host, tokenizer, executor, sequences };
  }

  private async device(manifest: Manifest): Promise<OpenDevice> {
    const optionalFeatures = this.optionalFeatures(manifest);
    const features = [...manifest.features, ...(this.options.profile ? [timestampFeature] : [])];
    const device = await openDevice(this.options, { ...manifest, features, optionalFeatures });
    this.opened.push(device);
    if (this.signal.aborted) device.close();
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
