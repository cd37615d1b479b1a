// SPDX-License-Identifier: Apache-2.0
// Host: an instance of runtime.wasm, the C++ of runtime/host, with typed calls and views of its
// memory. runtime/host/exports.cpp says what each function takes and gives. A view holds until the
// next call, which may move the memory.
import { BundleError, EngineError } from './errors.ts';
import { readAddress } from './source.ts';

const maxBytes = 64 << 20;

export interface HostFunctions {
  _initialize?(): void;
  alloc(bytes: number): number;
  release(at: number, bytes: number): void;
  tokenizer_open(at: number, bytes: number): number;
  tokenizer_close(tokenizer: number): void;
  tokenizer_encode(tokenizer: number, text: number, bytes: number, options: number): number;
  tokenizer_ids(tokenizer: number): number;
  tokenizer_token_flags(tokenizer: number, id: number): number;
  detokenizer_new(tokenizer: number, options: number): number;
  detokenizer_push(stream: number, id: number): number;
  detokenizer_flush(stream: number): number;
  detokenizer_text(stream: number): number;
  detokenizer_free(stream: number): void;
  answers_new(
    table: number,
    tableBytes: number,
    tools: number,
    toolsBytes: number,
    options: number,
  ): number;
  answers_push(answers: number, text: number, bytes: number): number;
  answers_flush(answers: number): number;
  answers_events(answers: number): number;
  answers_free(answers: number): void;
  sampler_new(tokenizer: number, tokens: number, settings: number): number;
  sampler_bias(sampler: number, ids: number, biases: number, count: number): void;
  sampler_ban(sampler: number, ids: number, count: number): void;
  sampler_stops(sampler: number, ids: number, count: number): void;
  sampler_break_at(sampler: number, text: number, bytes: number): void;
  sampler_accept(sampler: number, ids: number, count: number, output: 0 | 1): void;
  sampler_sample(
    sampler: number,
    logits: number,
    count: number,
    mask: number,
    maskWords: number,
  ): number;
  sampler_free(sampler: number): void;
  stops_new(): number;
  stops_add(stops: number, text: number, bytes: number): void;
  stops_push(stops: number, text: number, bytes: number): number;
  stops_flush(stops: number): number;
  stops_text(stops: number): number;
  stops_found(stops: number): number;
  stops_free(stops: number): void;
  sequences_new(
    maxRows: number,
    maxSequences: number,
    pagesPerSequence: number,
    maxPages: number,
    ropes: number,
    tables: number,
  ): number;
  sequences_create(sequences: number): number;
  sequences_free(sequences: number, sequence: number): number;
  sequences_length(sequences: number, sequence: number): number;
  sequences_reserve(sequences: number, sequence: number, tokens: number): number;
  sequences_rewind(sequences: number, sequence: number, length: number): number;
  sequences_begin_step(sequences: number): number;
  sequences_completed(sequences: number, step: number): void;
  sequences_page_table(sequences: number): number;
  sequences_table_changes(sequences: number): number;
  sequences_slot_words(sequences: number): number;
  sequences_write_step(
    sequences: number,
    rows: number,
    rowCount: number,
    outputs: number,
    outputCount: number,
    slot: number,
  ): number;
}

export class Host {
  private constructor(
    readonly call: HostFunctions,
    private readonly memory: WebAssembly.Memory,
  ) {}

  /** `place`: where runtime.wasm lies, or what it holds; beside this script when left out. */
  static async load(
    place: string | URL | BufferSource | undefined,
    signal?: AbortSignal,
  ): Promise<Host> {
    const module = await WebAssembly.compile(await readModule(place, signal)).catch((cause) => {
      if (cause instanceof EngineError) throw cause;
      throw new BundleError(`runtime.wasm is not a WebAssembly module: ${cause.message}`, {
        cause,
      });
    });
    const { exports } = await WebAssembly.instantiate(module, refuseAll(module));
    const call = exports as unknown as HostFunctions & { memory: WebAssembly.Memory };
    if (!call.memory || !call.sequences_new) {
      throw new BundleError('runtime.wasm is of another version; serve it beside this script');
    }
    call._initialize?.();
    return new Host(call, call.memory);
  }

  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, at, length);
  }

  words(at: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer as ArrayBuffer, at, length);
  }

  /** A block of the host's memory, which the caller releases. */
  alloc(bytes: number): number {
    const at = this.call.alloc(bytes);
    if (at === 0) throw new EngineError(`runtime.wasm has no memory for ${bytes} bytes`);
    return at;
  }

  /** A copy of these bytes in the host's memory, which the caller releases. */
  place(bytes: Uint8Array): number {
    const at = this.alloc(bytes.length);
    this.bytes(at, bytes.length).set(bytes);
    return at;
  }

  /** Calls `use` with a copy that lives as long as the call. */
  withCopy<T>(bytes: Uint8Array, use: (at: number, length: number) => T): T {
    const at = this.place(bytes);
    try {
      return use(at, bytes.length);
    } finally {
      this.call.release(at, bytes.length);
    }
  }
}

async function readModule(
  place: string | URL | BufferSource | undefined,
  signal?: AbortSignal,
): Promise<BufferSource> {
  if (typeof place === 'object' && !(place instanceof URL)) return place;
  const address = place ?? new URL('./runtime.wasm', import.meta.url);
  return readAddress(address, maxBytes, signal ? { signal } : {});
}

/** The module needs nothing of its surroundings; what its C library declares is never called. */
function refuseAll(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = () => {
      throw new EngineError(`runtime.wasm called ${from}.${name}`);
    };
  }
  return imports;
}
