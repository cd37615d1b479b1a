// SPDX-License-Identifier: Apache-2.0
// From the fields of a request to how ids are chosen. Where the most likely id is wanted as it is, the
// GPU takes it; else kernels draw it (GpuDrawer). Logits come to the processor, and HostChooser takes
// one, where a LogitProcessor wants them, for typical_p, and for bundles without such kernels.
import { EngineError, RequestError } from '../errors.ts';
import type { Matcher } from '../host/grammar.ts';
import { Sampler, type SamplerOptions } from '../host/sampler.ts';
import type { Choice, Chooser } from '../scheduling/task.ts';
import { forcedIds } from './forced_ids.ts';
import { GpuDrawer } from './gpu_drawer.ts';
import type { LogitProcessor, Model } from './model.ts';
import type { SamplingFields } from './types.ts';

// A field of requests: its name in generation_config.json, in the sampler, and its value there
// when neither the request nor the bundle says anything.
const fields = [
  ['temperature', 'temperature', 1],
  ['top_p', 'topP', 1],
  ['top_k', 'topK', 0],
  ['min_p', 'minP', 0],
  ['typical_p', 'typicalP', 1],
  ['repetition_penalty', 'repetitionPenalty', 1],
  ['frequency_penalty', 'frequencyPenalty', 0],
  ['presence_penalty', 'presencePenalty', 0],
  ['min_tokens', 'minTokens', 0],
] as const;

type Sampling = SamplerOptions & Required<Pick<SamplerOptions, (typeof fields)[number][1]>>;

/** `topLogprobs`: how many beside that of the chosen token; undefined: none at all. */
export function readSampling(
  request: SamplingFields,
  { defaults, model }: Model,
  topLogprobs: number | undefined,
): Sampling {
  const { vocabulary, eosTokenIds } = model;
  const given = (name: string) => {
    const value = request[name as keyof SamplingFields] ?? defaults[name];
    return typeof value === 'number' ? value : undefined;
  };
  const values = Object.fromEntries(
    fields.map(([name, option, otherwise]) => [option, given(name) ?? otherwise]),
  ) as unknown as Sampling;
  const greedy = defaults['do_sample'] === false && request.temperature === undefined;
  return {
    ...values,
    temperature: greedy ? 0 : values.temperature,
    topK: Math.max(0, values.topK), // -1 is a way to say all
    stopTokens: eosTokenIds,
    ...(request.seed != null && { seed: request.seed }),
    ...(topLogprobs !== undefined && { topLogprobs }),
    ...(request.logit_bias && { logitBias: readBias(request.logit_bias, vocabulary) }),
  };
}

function readBias(bias: Record<string, number>, vocabulary: number): Map<number, number> {
  return new Map(
    Object.entries(bias).map(([key, value]) => {
      const id = Number(key);
      if (!/^\d+$/.test(key) || id >= vocabulary) {
        throw new RequestError(
          `logit_bias has the key ${JSON.stringify(key)}, wanted token ids from 0 to ${vocabulary - 1}`,
          'logit_bias',
        );
      }
      return [id, value];
    }),
  );
}

/** Whether the most likely id is the one to take. */
function takesMostLikely(sampling: Sampling): boolean {
  return (
    (sampling.temperature === 0 || sampling.topK === 1) &&
    sampling.repetitionPenalty === 1 &&
    sampling.frequencyPenalty === 0 &&
    sampling.presencePenalty === 0 &&
    sampling.minTokens === 0 &&
    sampling.topLogprobs === undefined &&
    !sampling.logitBias?.size
  );
}

export interface ChooserParts {
  prompt: ArrayLike<number>;
  sampling: Sampling;
  /** Of `n`. */
  choice: number;
  matcher?: Matcher | undefined;
}

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
