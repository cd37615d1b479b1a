// SPDX-License-Identifier: Apache-2.0
// The words that kernels draw ids by, and those they give back: runtime/formats/draw_layout.h.
import type { TokenLogprob } from '../host/sampler.ts';

const wordBytes = 4;
const settingsWords = 16;
const mostLikelyFlag = 1; // kDrawMostLikely
const farthest = 2 ** 24; // kFarthest
const maxTopLogprobs = 20;
const noToken = 0xffffffff;

/** The id that an output gives. */
export interface Choice {
  id: number;
  logprob?: number;
  topLogprobs?: readonly TokenLogprob[];
}

/** Where the bits of allowed tokens begin in a sequence's part, in words. */
export const allowedAt = settingsWords;

/** Where the number of the prompt's tokens lies: less those that a sliding window has dropped. */
export const promptTokensAt = 9;

/** Token, its log probability, then so many pairs of these. */
export const logprobWords = 2 + 2 * maxTopLogprobs;

/** The most likely id: no mask, no penalty, no limit. */
export function mostLikelySettings(): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(settingsWords);
  words[0] = mostLikelyFlag;
  words[8] = farthest; // limit
  return words;
}

/** The choices of so many outputs, from records with log probabilities. */
export function readLogprobs(bytes: ArrayBuffer, outputs: number): Choice[] {
  const records = new DataView(bytes);
  const pair = (word: number) => ({
    token: records.getUint32(word * wordBytes, true),
    logprob: records.getFloat32((word + 1) * wordBytes, true),
  });
  return Array.from({ length: outputs }, (_, output) => {
    const at = output * logprobWords;
    const { token, logprob } = pair(at);
    const top = Array.from({ length: maxTopLogprobs }, (_, i) => pair(at + 2 + 2 * i));
    return { id: token, logprob, topLogprobs: top.filter(({ token }) => token !== noToken) };
  });
}
