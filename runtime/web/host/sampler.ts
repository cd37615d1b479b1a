// SPDX-License-Identifier: Apache-2.0
// Sampler: chooses tokens from logits on the processor, by the rules of runtime/host/sampler.h.
//
//   const sampler = new Sampler(host, tokens, { temperature: 0.7, topP: 0.9, seed: 1 });
//   sampler.acceptPrompt(promptIds);
//   const { token, logprob } = sampler.sample(logits);
//   sampler.accept([token]);
import type { Host } from './host.ts';

export interface SamplerOptions {
  temperature?: number;
  topP?: number;
  minP?: number;
  typicalP?: number;
  topNSigma?: number;
  topK?: number;
  repetitionPenalty?: number;
  frequencyPenalty?: number;
  presencePenalty?: number;
  dryMultiplier?: number;
  dryBase?: number;
  dryAllowedLength?: number;
  dryRange?: number;
  /** Texts over which DRY sees no repetition; they need a tokenizer. */
  dryBreakers?: readonly string[];
  xtcProbability?: number;
  xtcThreshold?: number;
  minTokens?: number;
  /** 0 to 20: log probabilities of the chosen token and of so many likely ones. */
  topLogprobs?: number;
  seed?: number;
  choice?: number;
  logitBias?: ReadonlyMap<number, number>;
  bannedTokens?: readonly number[];
  stopTokens?: readonly number[];
}

export interface TokenLogprob {
  token: number;
  logprob: number;
}

export interface Sample extends TokenLogprob {
  fault: 'none' | 'not-a-number' | 'nothing-allowed';
  topLogprobs: TokenLogprob[];
}

const faults = ['none', 'not-a-number', 'nothing-allowed'] as const;

// The fields of SamplerSettings in their order.
const settingsOf = (options: SamplerOptions, seed: number): Float64Array =>
  Float64Array.of(
    options.temperature ?? 1,
    options.topP ?? 1,
    options.minP ?? 0,
    options.typicalP ?? 1,
    options.topNSigma ?? 0,
    options.topK ?? 0,
    options.repetitionPenalty ?? 1,
    options.frequencyPenalty ?? 0,
    options.presencePenalty ?? 0,
    options.dryMultiplier ?? 0,
    options.dryBase ?? 1.75,
    options.dryAllowedLength ?? 2,
    options.dryRange ?? 0,
    options.xtcProbability ?? 0,
    options.xtcThreshold ?? 0.1,
    Math.min(options.minTokens ?? 0, 2 ** 32 - 1),
    options.topLogprobs ?? -1,
    seed % 2 ** 32,
    Math.floor(seed / 2 ** 32),
    options.choice ?? 0,
  );

const bytesOf = (list: ArrayBufferView): Uint8Array =>
  new Uint8Array(list.buffer, list.byteOffset, list.byteLength);

export class Sampler {
  private readonly handle: number;
  private logitsAt = 0;
  private logitsLength = 0;

  /** `tokenizer`: its handle in the host library; 0 when there is none. */
  constructor(
    private readonly host: Host,
    tokens: number,
    options: SamplerOptions,
    tokenizer = 0,
  ) {
    const seed = Math.trunc(options.seed ?? Math.random() * Number.MAX_SAFE_INTEGER);
    const { call } = host;
    this.handle = host.withCopy(bytesOf(settingsOf(options, Math.abs(seed))), (at) =>
      call.sampler_new(tokenizer, tokens, at),
    );
    const bias = [...(options.logitBias ?? [])];
    const biases = Float32Array.from(bias, ([, value]) => value);
    this.withIds(
      bias.map(([id]) => id),
      (ids, count) =>
        host.withCopy(bytesOf(biases), (at) => call.sampler_bias(this.handle, ids, at, count)),
    );
    this.withIds(options.bannedTokens ?? [], (at, n) => call.sampler_ban(this.handle, at, n));
    this.withIds(options.stopTokens ?? [], (at, n) => call.sampler_stops(this.handle, at, n));
    for (const text of options.dryBreakers ?? []) {
      host.withText(text, (at, length) => call.sampler_break_at(this.handle, at, length));
    }
  }

  acceptPrompt(ids: ArrayLike<number>): void {
    this.withIds(ids, (at, n) => this.host.call.sampler_accept(this.handle, at, n, 0));
  }

  /** Tokens of the output, whether they were chosen here or not. */
  accept(ids: ArrayLike<number>): void {
    this.withIds(ids, (at, n) => this.host.call.sampler_accept(this.handle, at, n, 1));
  }

  /** `mask`: one bit for each token, the lowest first; without it all are allowed. */
  sample(logits: Float32Array, mask?: Uint32Array): Sample {
    const { host, handle } = this;
    this.placeLogits(logits);
    const at = host.withCopy(bytesOf(mask ?? new Uint32Array()), (words) =>
      host.call.sampler_sample(handle, this.logitsAt, logits.length, words, mask?.length ?? 0),
    );
    const [token, fault, , count] = host.words(at, 4);
    const view = new DataView(host.bytes(at, 16 + 8 * count).slice().buffer);
    const topLogprobs = Array.from({ length: count }, (_, i) => ({
      token: view.getUint32(16 + 8 * i, true),
      logprob: view.getFloat32(20 + 8 * i, true),
    }));
    return { token, logprob: view.getFloat32(8, true), fault: faults[fault], topLogprobs };
  }

  /** What a sequence begins with where kernels draw. A view: valid until the next call. */
  drawState(mask?: Uint32Array): Uint32Array<ArrayBuffer> {
    const { host, handle } = this;
    return this.withMask(mask, (at, n) => host.call.sampler_draw_state(handle, at, n));
  }

  /** The bits that are allowed for the output after so many others. A view as well. */
  allowed(output: number, mask?: Uint32Array): Uint32Array<ArrayBuffer> {
    const { host, handle } = this;
    return this.withMask(mask, (at, n) => host.call.sampler_allowed(handle, output, at, n));
  }

  close(): void {
    if (this.logitsAt) this.host.call.release(this.logitsAt, this.logitsLength * 4);
    this.host.call.sampler_free(this.handle);
  }

  // Of a call that returns how many words there are, and the words after it.
  private withMask(
    mask: Uint32Array | undefined,
    call: (at: number, count: number) => number,
  ): Uint32Array<ArrayBuffer> {
    const at = this.host.withCopy(bytesOf(mask ?? new Uint32Array()), (words) =>
      call(words, mask?.length ?? 0),
    );
    return this.host.words(at + 4, this.host.words(at, 1)[0]);
  }

  // Rows have one length; so the block is allocated once.
  private placeLogits(logits: Float32Array): void {
    if (this.logitsLength < logits.length) {
      if (this.logitsAt) this.host.call.release(this.logitsAt, this.logitsLength * 4);
      this.logitsAt = this.host.alloc(logits.byteLength);
      this.logitsLength = logits.length;
    }
    this.host.bytes(this.logitsAt, logits.byteLength).set(bytesOf(logits));
  }

  private withIds(ids: ArrayLike<number>, use: (at: number, count: number) => void): void {
    if (ids.length === 0) return;
    this.host.withCopy(bytesOf(Uint32Array.from(ids)), (at) => use(at, ids.length));
  }
}
