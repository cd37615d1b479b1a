// SPDX-License-Identifier: Apache-2.0
// WasmModule: an instance of one of our modules, with typed calls and views of its memory. A view
// holds until the next call, which may move the memory.
import { BundleError, EngineError } from '../errors.ts';
import { readAddress } from '../files/source.ts';

const maxBytes = 64 << 20;
const encoder = new TextEncoder();

/**
 * Where a module lies, or what it holds; beside this script when left out. Who loads one writes the
 * default as `new URL('./name.wasm', import.meta.url)`, which is what bundlers look for.
 */
export type ModulePlace = string | URL | BufferSource | undefined;

/** What every module exports. */
export interface MemoryFunctions {
  _initialize?(): void;
  alloc(bytes: number): number;
  release(at: number, bytes: number): void;
}

export class WasmModule<Functions extends MemoryFunctions> {
  protected constructor(
    private readonly name: string,
    readonly call: Functions,
    private readonly memory: WebAssembly.Memory,
  ) {}

  bytes(at: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer as ArrayBuffer, at, length);
  }

  words(at: number, length: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.memory.buffer as ArrayBuffer, at, length);
  }

  /** A block of the module's memory, which the caller releases. */
  alloc(bytes: number): number {
    const at = this.call.alloc(bytes);
    if (at === 0) throw new EngineError(`${this.name} has no memory for ${bytes} bytes`);
    return at;
  }

  /** A copy of these bytes in the module's memory, which the caller releases. */
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

  /** The same with a text in UTF-8. */
  withText<T>(text: string, use: (at: number, length: number) => T): T {
    const room = 3 * text.length; // of UTF-8, at the most
    const at = this.alloc(room);
    try {
      return use(at, encoder.encodeInto(text, this.bytes(at, room)).written);
    } finally {
      this.call.release(at, room);
    }
  }
}

/**
 * The exports of the module called `name`; of another version where it lacks `required`. `page`: what
 * it may ask of the page.
 */
export async function instantiate<Functions extends MemoryFunctions>(
  name: string,
  place: string | URL | BufferSource,
  required: keyof Functions,
  signal?: AbortSignal,
  page: WebAssembly.ModuleImports = {},
): Promise<Functions & { memory: WebAssembly.Memory }> {
  const bytes = await readModule(place, signal);
  const module = await WebAssembly.compile(bytes).catch((cause) => {
    throw new BundleError(
      `${name} is not a WebAssembly module: ${cause.message}; serve it beside this script, or say where ` +
        'it is (README.md has what bundlers need)',
      { cause },
    );
  });
  const instance = await WebAssembly.instantiate(module, {
    ...refuseAll(name, module),
    page,
  });
  const call = instance.exports as unknown as Functions & { memory: WebAssembly.Memory };
  if (!call.memory || !call[required]) {
    throw new BundleError(`${name} is of another version; serve it beside this script`);
  }
  call._initialize?.();
  return call;
}

async function readModule(
  place: string | URL | BufferSource,
  signal?: AbortSignal,
): Promise<BufferSource> {
  if (typeof place === 'object' && !(place instanceof URL)) return place;
  return readAddress(place, maxBytes, signal ? { signal } : {});
}

/** What a module's C library declares is never called. */
function refuseAll(name: string, module: WebAssembly.Module): WebAssembly.Imports {
  const imports: WebAssembly.Imports = {};
  for (const { module: from, name: what } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[what] = () => {
      throw new EngineError(`${name} called ${from}.${what}`);
    };
  }
  return imports;
}
