// SPDX-License-Identifier: Apache-2.0
// How much of a text that grows longer than the cache is kept (runtime/host/sliding_window.h).
//
//   slidingWindow({ slidingWindow: 1024 }, 4096)   // { tokens: 1024, sink: 4 }
import { ArgumentError } from '../errors.ts';
import type { SlidingWindow } from '../host/host_sequences.ts';
import type { ModelOptions } from './options.ts';

// What StreamingLLM found to be enough.
const defaultSink = 4;

/**
 * Undefined: texts end where the context does. `most`: the context that the model is compiled for;
 * `page`: tokens that are dropped together.
 */
export function slidingWindow(
  { slidingWindow: tokens, attentionSink, context }: ModelOptions,
  most: number,
  page: number,
): SlidingWindow | undefined {
  if (tokens === undefined) {
    if (attentionSink === undefined) return undefined;
    throw new ArgumentError('attentionSink is given, but no slidingWindow');
  }
  if (context !== undefined) {
    throw new ArgumentError('context and slidingWindow are given: a text ends, or it slides');
  }
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > most) {
    throw new ArgumentError(
      `slidingWindow is ${tokens}, wanted a whole number up to ${most}, which this model is compiled ` +
        'for; compile it with a larger --context',
    );
  }
  const sink = attentionSink ?? defaultSink;
  if (!Number.isInteger(sink) || sink < 0) {
    throw new ArgumentError(`attentionSink is ${sink}, wanted a whole number from 0 on`);
  }
  if (Math.floor(tokens / page) < Math.ceil(sink / page) + 2) {
    throw new ArgumentError(
      `a slidingWindow of ${tokens} tokens has no room beside an attentionSink of ${sink}: both are ` +
        `whole pages of ${page}, and two pages must slide`,
    );
  }
  return { tokens, sink };
}
