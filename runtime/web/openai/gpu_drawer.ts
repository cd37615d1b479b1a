// SPDX-License-Identifier: Apache-2.0
// GpuDrawer: has kernels draw ids as a request asks, and tells them what only the processor knows:
// settings and prompt once, which tokens a grammar or min_tokens allow where that changes.
import { EngineError } from '../errors.ts';
import { allowedAt, type Choice } from '../gpu/draw_layout.ts';
import type { Matcher } from '../host/grammar.ts';
import { Sampler } from '../host/sampler.ts';
import type { Drawer } from '../scheduling/task.ts';
import { forcedIds } from './forced_ids.ts';
import type { Model } from './model.ts';
import type { ChooserParts } from './sampling.ts';

export class GpuDrawer implements Drawer {
  /** What masks and grammar have cost, in milliseconds. */
  grammarTime = 0;
  readonly searches: number;
  readonly hasLogprobs: boolean;
  readonly isConstrained: boolean;
  private readonly sampler: Sampler;
  private readonly matcher: Matcher | undefined;
  private readonly topLogprobs: number;
  private readonly minTokens: number;
  private readonly takeForced: () => Uint32Array;

  constructor(model: Model, { prompt, sampling, choice, matcher }: ChooserParts) {
    this.takeForced = forcedIds(model, sampling, matcher);
    const { host, manifest } = model;
    const tokenizer = manifest.tokenizer ? model.tokenizer().handle : 0;
    this.sampler = new Sampler(host, manifest.vocabulary, { ...sampling, choice }, tokenizer);
    this.sampler.acceptPrompt(prompt);
    this.matcher = matcher;
    this.isConstrained = matcher !== undefined;
    this.hasLogprobs = sampling.topLogprobs !== undefined;
    this.topLogprobs = sampling.topLogprobs ?? 0;
    this.minTokens = sampling.minTokens;
    this.searches =
      sampling.temperature === 0 ? 0 : Number(sampling.topK > 0) + Number(sampling.topP < 1);
  }

  prepare(output: number, write: (at: number, words: Uint32Array<ArrayBuffer>) => void): void {
    const mask = this.mask();
    if (output === 0) write(0, this.sampler.drawState(mask));
    else if (mask || output === this.minTokens)
      write(allowedAt, this.sampler.allowed(output, mask));
  }

  accept(choice: Choice): Choice {
    const { id } = choice;
    if (this.matcher && !this.matcher.accept(id)) {
      throw new EngineError(`the grammar refuses token ${id}, which its mask allowed`);
    }
    return { ...choice, topLogprobs: choice.topLogprobs?.slice(0, this.topLogprobs) };
  }

  forced(): Uint32Array {
    const start = performance.now();
    const ids = this.takeForced();
    this.grammarTime += performance.now() - start;
    return ids;
  }

  close(): void {
    this.sampler.close();
    this.matcher?.close();
  }

  private mask(): Uint32Array | undefined {
    if (!this.matcher) return undefined;
    const start = performance.now();
    const mask = this.matcher.fillMask();
    this.grammarTime += performance.now() - start;
    return mask;
  }
}
