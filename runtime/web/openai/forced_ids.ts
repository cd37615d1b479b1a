// SPDX-License-Identifier: Apache-2.0
// Ids that a grammar leaves no choice about, such as the keys of a schema. They are taken as the
// tokenizer spells them and computed in one step, as a prompt is, instead of one after another.
import type { Matcher } from '../host/grammar.ts';
import type { SamplerOptions } from '../host/sampler.ts';
import type { Tokenizer } from '../host/tokenizer.ts';
import type { Model } from './model.ts';

const none = new Uint32Array();

/** The ids of a text that stands behind another. Some tokenizers put a space before what they get. */
export function encodeWithin(tokenizer: Tokenizer, text: string): Uint32Array {
  const ids = tokenizer.encode(text, { addSpecial: false });
  const bytes = ids.reduce((sum, id) => sum + tokenizer.bytesOf(id).length, 0);
  if (bytes <= new TextEncoder().encode(text).length) return ids;
  // It lies before this line break then, which is cut off with it.
  const behind = tokenizer.encode(`\n${text}`, { addSpecial: false });
  const end = behind.findIndex((id) => tokenizer.textOf(id).endsWith('\n'));
  return behind.subarray(end + 1);
}

/**
 * Accepts what must come next, and returns it. Nothing is taken unasked where each id has its
 * probability, counts against a penalty of the next, or is to be seen by a LogitProcessor.
 */
export function forcedIds(
  model: Model,
  sampling: SamplerOptions,
  matcher: Matcher | undefined,
): () => Uint32Array {
  const { topLogprobs, repetitionPenalty, frequencyPenalty, presencePenalty } = sampling;
  const isPenalized = repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0;
  if (!matcher || topLogprobs !== undefined || isPenalized || model.logitProcessor) {
    return () => none;
  }
  const tokenizer = model.tokenizer();
  const encode = (text: string) => encodeWithin(tokenizer, text);
  return () => {
    const ids = matcher.forcedTokens(encode);
    // Text that spells a control token is refused: it is no text.
    const refused = ids.findIndex((id) => !matcher.accept(id));
    return refused < 0 ? ids : ids.subarray(0, refused);
  };
}
