// SPDX-License-Identifier: Apache-2.0
// Tokenizer: text to ids and ids to text, by the compiled tokenizer of a bundle.
//
//   tokenizer.encode('Hi');                       // 1 6324: with BOS; "</s>" in a text is its token
//   tokenizer.encode(render(tokenizer.guard(text)), { guarded: true });  // but not in what users wrote
//   const text = tokenizer.stream([1, 6324]);     // for what comes after these ids
//   text.push(727) + text.push(29991) + text.flush()
import { BundleError } from '../errors.ts';
import type { Host } from './host.ts';

const addSpecial = 1;
const parseSpecial = 2;
const guarded = 4;
const specialOnce = 8;
// For a detokenizer:
const showControl = 1;
const goesOn = 2; // its first space is text
const controlToken = 1;

const faults = [
  '',
  'it is no tokenizer',
  'it was written by another version of the compiler',
  'it ends early',
  'its sections disagree',
  'its vocabulary is malformed',
  'it names a token that it has not',
  'its pre-tokenizer is malformed',
  'its normalizer is malformed',
];

export interface EncodeOptions {
  /** The tokens that the model wants around a text, BOS; where it begins with them, not again. */
  addSpecial?: boolean;
  /** Parts of the text have passed `guard`. */
  guarded?: boolean;
}

/** Text from a stream of ids, as soon as it is certain. */
export interface TextStream {
  push(id: number): string;
  flush(): string;
  close(): void;
}

export class Tokenizer {
  private constructor(
    private readonly host: Host,
    /** The tokenizer in the host library. */
    readonly handle: number,
    private readonly fileAt: number,
    private readonly fileBytes: number,
  ) {}

  static open(host: Host, bytes: Uint8Array): Tokenizer {
    const at = host.place(bytes);
    const handle = host.call.tokenizer_open(at, bytes.length);
    if (handle <= 0) {
      const fault = faults[-handle] ?? `fault ${handle}`;
      throw new BundleError(`tokenizer.bin cannot be used: ${fault}; compile the model again`);
    }
    return new Tokenizer(host, handle, at, bytes.length);
  }

  /** tokenizer.bin, a copy of it. */
  file(): Uint8Array<ArrayBuffer> {
    return this.host.bytes(this.fileAt, this.fileBytes).slice();
  }

  get size(): number {
    return this.host.call.tokenizer_size(this.handle);
  }

  /** What a token stands for, which may be a part of a character. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    const { call } = this.host;
    if (id >= this.size) return new Uint8Array();
    const length = call.tokenizer_token_length(this.handle, id);
    return this.host.bytes(call.tokenizer_token_bytes(this.handle, id), length).slice();
  }

  textOf(id: number): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytesOf(id));
  }

  encode(text: string, options: EncodeOptions = {}): Uint32Array<ArrayBuffer> {
    const { host, handle } = this;
    const flags =
      parseSpecial |
      ((options.addSpecial ?? true) ? addSpecial | specialOnce : 0) |
      (options.guarded ? guarded : 0);
    const count = host.withText(text, (at, length) =>
      host.call.tokenizer_encode(handle, at, length, flags),
    );
    return host.words(host.call.tokenizer_ids(handle), count).slice();
  }

  /**
   * `text` for a place in a prompt where it is to stay plain text: special tokens in it are broken
   * by a private-use character, which `encode` with `guarded` drops.
   */
  guard(text: string): string {
    const { host, handle } = this;
    const bytes = host.withText(text, (at, length) =>
      host.call.tokenizer_guard(handle, at, length),
    );
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return decoder.decode(host.bytes(host.call.tokenizer_guarded(handle), bytes));
  }

  decode(ids: ArrayLike<number>): string {
    const stream = this.stream([]);
    try {
      return Array.from(ids, (id) => stream.push(id)).join('') + stream.flush();
    } finally {
      stream.close();
    }
  }

  /**
   * For the text that comes after `before`: only at the very start is a space not part of it.
   * `control`: whether control tokens are shown.
   */
  stream(before: ArrayLike<number>, { control = false } = {}): TextStream {
    const { host, handle } = this;
    const afterText = Array.from(before).some((id) => !this.isControl(id));
    const stream = host.call.detokenizer_new(
      handle,
      (afterText ? goesOn : 0) | (control ? showControl : 0),
    );
    // Each text is made of whole characters, and a byte order mark is one of them.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const text = (bytes: number) =>
      bytes === 0 ? '' : decoder.decode(host.bytes(host.call.detokenizer_text(stream), bytes));
    return {
      push: (id) => text(host.call.detokenizer_push(stream, id)),
      flush: () => text(host.call.detokenizer_flush(stream)),
      close: () => host.call.detokenizer_free(stream),
    };
  }

  private isControl(id: number): boolean {
    return (this.host.call.tokenizer_token_flags(this.handle, id) & controlToken) !== 0;
  }
}

/** For a bundle without tokenizer. */
export const noText: TextStream = { push: () => '', flush: () => '', close: () => {} };
