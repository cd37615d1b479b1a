// SPDX-License-Identifier: Apache-2.0
// What responses of every kind carry beside their choices, and what requests of every kind ask for.
import { RequestError } from '../errors.ts';
import type { Constraint, GrammarSource } from '../host/grammar.ts';
import type { Manifest } from '../load/manifest.ts';
import type { Model } from './model.ts';
import type { SamplingFields } from './types.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Letters and digits that no other answer has. */
export function randomText(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => alphabet[byte % alphabet.length]).join('');
}

export interface Envelope {
  id: string;
  created: number;
  model: string;
  system_fingerprint: string;
}

/** `model`: what the caller named it. */
export function envelope(
  kind: string,
  manifest: Manifest,
  model: string | null | undefined,
): Envelope {
  return {
    id: `${kind}-${randomText(29)}`,
    created: Math.floor(Date.now() / 1000),
    model: model ?? manifest.model.name,
    // The same library computes the same logits of the same weights on the same kind of device.
    system_fingerprint: `fp_${manifest.library.sha256.slice(0, 10)}`,
  };
}

/** Fields that make no sense without another. */
export function checkTogether(
  request: SamplingFields & { logprobs?: unknown; top_logprobs?: number | null },
): void {
  const { stream, stream_options, logprobs, top_logprobs } = request;
  if (stream_options && !stream) {
    throw new RequestError('stream_options is given, but stream is not true', 'stream_options');
  }
  if (top_logprobs != null && !logprobs) {
    throw new RequestError('top_logprobs is given, but logprobs is not true', 'top_logprobs');
  }
}

/** As many ids as the request wants, or the bundle, or the context has room for. */
export function mostTokens(request: SamplingFields, model: Model, also?: number | null): number {
  const most = also ?? request.max_tokens ?? model.defaults['max_new_tokens'];
  return typeof most === 'number' ? most : Infinity;
}

const maxCompiled = 16;
const compiled = new WeakMap<Model, Map<string, Constraint>>();

/** Compiled, or found among those of earlier requests. */
export async function compileConstraint(model: Model, source: GrammarSource): Promise<Constraint> {
  const grammars = await model.grammars();
  let known = compiled.get(model);
  if (!known) compiled.set(model, (known = new Map()));
  const key = JSON.stringify(source);
  let constraint = known.get(key);
  known.delete(key); // and back again: the last one used stands at the end
  constraint ??= grammars.compile(source);
  known.set(key, constraint);
  if (known.size > maxCompiled) {
    const [[oldest, unused]] = known;
    known.delete(oldest);
    unused.close(); // its matchers stay valid
  }
  return constraint;
}
