// SPDX-License-Identifier: Apache-2.0
// From the fields of a request to how ids are chosen.
import { RequestError } from '../errors.ts';
import type { Matcher } from '../host/grammar.ts';
import type { SamplerOptions } from '../host/sampler.ts';
import type { Model } from './model.ts';
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

export type Sampling = SamplerOptions & Required<Pick<SamplerOptions, (typeof fields)[number][1]>>;

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
export function takesMostLikely(sampling: Sampling): boolean {
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
