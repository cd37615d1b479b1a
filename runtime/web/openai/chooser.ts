// SPDX-License-Identifier: Apache-2.0
// Who chooses the ids of an answer. Where the most likely id is wanted as it is, the GPU takes it; else
// kernels draw it (GpuDrawer). Logits come to the processor, and HostChooser takes one, where a
// LogitProcessor wants them, for typical_p, and for bundles without such kernels.
import { EngineError } from '../errors.ts';
import type { Choice } from '../gpu/draw_layout.ts';
import type { Matcher } from '../host/grammar.ts';
import { Sampler } from '../host/sampler.ts';
import type { Chooser } from '../scheduling/task.ts';
import { forcedIds } from './forced_ids.ts';
import { GpuDrawer } from './gpu_drawer.ts';
import type { LogitProcessor, Model } from './model.ts';
import { type ChooserParts, takesMostLikely } from './sampling.ts';

/** Undefined where the GPU takes the most likely id. */
export function makeChooser(
  model: Model,
  parts: ChooserParts,
): HostChooser | GpuDrawer | undefined {
  if (model.logitProcessor) return new HostChooser(model, parts);
  if (takesMostLikely(parts.sampling) && !parts.matcher) return undefined;
  const onGpu = model.canDraw && parts.sampling.typicalP >= 1;
  return onGpu ? new GpuDrawer(model, parts) : new HostChooser(model, parts);
}

export class HostChooser implements Chooser {
  /** What masks and grammar have cost, in milliseconds. */
  grammarTime = 0;
  private readonly sampler: Sampler;
  private readonly matcher: Matcher | undefined;
  private readonly processor: LogitProcessor | undefined;
  private readonly takeForced: () => Uint32Array;
  private mask: Uint32Array | undefined;

  constructor(model: Model, { prompt, sampling, choice, matcher }: ChooserParts) {
    this.takeForced = forcedIds(model, sampling, matcher);
    this.matcher = matcher;
    this.processor = model.logitProcessor;
    const { host, manifest } = model;
    const tokenizer = manifest.tokenizer ? model.tokenizer().handle : 0;
    const options = { ...sampling, choice };
    this.sampler = new Sampler(host, manifest.vocabulary, options, tokenizer);
    this.sampler.acceptPrompt(prompt);
  }

  prepare(): void {
    if (!this.matcher) return;
    const start = performance.now();
    this.mask = this.matcher.fillMask().slice(); // another answer may use the module meanwhile
    this.grammarTime += performance.now() - start;
  }

  choose(logits: Float32Array): Choice {
    const row = this.processor ? this.processor.processLogits(logits) : logits;
    const { token: id, logprob, topLogprobs } = this.sampler.sample(row, this.mask);
    this.sampler.accept([id]);
    this.processor?.processSampledToken(id);
    if (this.matcher && !this.matcher.accept(id)) {
      throw new EngineError(`the grammar refuses token ${id}, which its mask allowed`);
    }
    return { id, logprob, topLogprobs };
  }

  forced(): Uint32Array {
    const start = performance.now();
    const ids = this.takeForced();
    if (ids.length > 0) this.sampler.accept(ids);
    this.grammarTime += performance.now() - start;
    return ids;
  }

  close(): void {
    this.sampler.close();
    this.matcher?.close();
  }
}
