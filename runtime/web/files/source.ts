// SPDX-License-Identifier: Apache-2.0
// Source: a bundle's files by their path below the bundle's address, streamed over HTTP, or from disk
// for file: addresses in Node and Deno.
//
//   const source = openSource('./bundle/');
//   const manifest = await readAll(source, 'model.json', 1 << 24);
//   const bytes = await readVerified(source, file, { signal, onBytes: (n) => { loaded += n; } });
import { BundleError, IntegrityError, ReadError, throwIfAborted } from '../errors.ts';
import { BundleCache, type CacheOptions, hex } from './bundle_cache.ts';

/** A file that a manifest lists. */
export interface BundleFile {
  path: string;
  bytes: number;
  sha256: string;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** Called with the length of each part as it arrives. */
  onBytes?: (bytes: number) => void;
}

/** What arrives of a file. */
export interface Arrival {
  /** Of the first part: 0 where the server gives whole files only. */
  from: number;
  parts: AsyncIterable<Uint8Array>;
}

export interface Source {
  /** Where loaded files are kept. */
  readonly cache?: BundleCache | undefined;
  /** The full address of a file, for messages. */
  address(path: string): string;
  /** A file, if possible without its first `from` bytes. */
  open(path: string, from: number, signal?: AbortSignal): Promise<Arrival>;
}

/** `address` is a folder or its model.json; relative to the page, or to the working directory. */
export function openSource(
  address: string | URL,
  options: CacheOptions = { cache: 'none' },
): Source {
  const base = new URL(address, startingPoint());
  base.search = base.hash = '';
  if (base.pathname.endsWith('/model.json')) base.pathname = base.pathname.slice(0, -10);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base.protocol === 'file:'
    ? new FolderSource(base)
    : new HttpSource(base, new BundleCache(options));
}

interface NodeProcess {
  cwd(): string;
  getBuiltinModule?(name: 'node:fs'): {
    createReadStream(
      url: URL,
      options: { start: number; signal?: AbortSignal },
    ): AsyncIterable<Uint8Array>;
  };
}
const nodeProcess = (globalThis as { process?: NodeProcess }).process;

function startingPoint(): string | undefined {
  if (globalThis.location) return globalThis.location.href;
  const folder = nodeProcess?.cwd();
  return folder === undefined ? undefined : new URL(`file://${encodeURI(folder)}/`).href;
}

class HttpSource implements Source {
  constructor(
    private readonly base: URL,
    readonly cache: BundleCache,
  ) {}

  address(path: string): string {
    return new URL(path, this.base).href;
  }

  async open(path: string, from: number, signal?: AbortSignal): Promise<Arrival> {
    const headers: HeadersInit = from > 0 ? { range: `bytes=${from}-` } : {};
    const response = await fetch(this.address(path), { signal: signal ?? null, headers });
    if (response.status === 416) return this.open(path, 0, signal); // it is shorter than that
    if (!response.ok || !response.body) {
      throw new ReadError(
        `${this.address(path)}: the server answered ${response.status} ${response.statusText}`.trim() +
          '; check the address of the bundle',
      );
    }
    return { from: response.status === 206 ? from : 0, parts: partsOf(response.body) };
  }
}

async function* partsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

class FolderSource implements Source {
  constructor(private readonly base: URL) {}

  address(path: string): string {
    return new URL(path, this.base).href;
  }

  async open(path: string, from: number, signal?: AbortSignal): Promise<Arrival> {
    const files = nodeProcess?.getBuiltinModule?.('node:fs');
    if (!files) {
      throw new ReadError(
        `${this.address(path)}: only Node and Deno read files; use http: or https:`,
      );
    }
    const url = new URL(path, this.base);
    return { from, parts: files.createReadStream(url, { start: from, ...(signal && { signal }) }) };
  }
}

/** Reads a file of unknown length, but of at most `limit` bytes. */
export async function readAll(
  source: Source,
  path: string,
  limit: number,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  await forEachPart(source, path, 0, options, (part) => {
    bytes += part.length;
    if (bytes > limit)
      throw new BundleError(`${source.address(path)} is longer than ${limit} bytes`);
    parts.push(part);
  });
  const whole = new Uint8Array(bytes);
  for (let at = 0, i = 0; i < parts.length; at += parts[i++].length) whole.set(parts[i], at);
  return whole;
}

/** Reads one file by its own address. */
export function readAddress(
  address: string | URL,
  limit: number,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL(address, startingPoint());
  const name = url.pathname.slice(url.pathname.lastIndexOf('/') + 1);
  return readAll(openSource(new URL('.', url)), name + url.search, limit, options);
}

/** Reads the manifest, from the cache where the network does not give it; keeps what `parse` takes. */
export async function readManifest<T>(
  source: Source,
  path: string,
  limit: number,
  parse: (bytes: Uint8Array) => T,
  options: ReadOptions = {},
): Promise<T> {
  const { cache } = source;
  const address = source.address('');
  try {
    const bytes = await readAll(source, path, limit, options);
    const parsed = parse(bytes);
    await cache?.keepManifest(address, bytes);
    return parsed;
  } catch (error) {
    const kept = error instanceof ReadError && (await cache?.readManifest(address));
    if (kept) return parse(kept);
    throw error;
  }
}

/**
 * Reads a file that the manifest lists and compares length and hash before anyone sees a byte. What
 * was loaded before is not loaded again; what is damaged in the cache is.
 */
export async function readVerified(
  source: Source,
  file: BundleFile,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  throwIfAborted(options.signal, 'loading');
  let bytes = await readKept(source, file, options);
  if (!bytes) {
    bytes = await download(source, file, options);
    await source.cache?.keepFile(file.sha256, bytes);
  }
  throwIfAborted(options.signal, 'loading');
  return bytes;
}

async function readKept(
  { cache }: Source,
  file: BundleFile,
  options: ReadOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const kept = await cache?.readFile(file.sha256);
  if (!kept) return undefined;
  if ((await faultOf(kept, file)) === undefined) {
    options.onBytes?.(file.bytes);
    return kept;
  }
  await cache?.dropFile(file.sha256);
  return undefined;
}

async function download(
  source: Source,
  file: BundleFile,
  options: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { cache } = source;
  const begun = await cache?.readPart(file.sha256);
  const usable = begun && begun.length < file.bytes ? begun : undefined;
  const whole = new Uint8Array(file.bytes);
  let bytes = usable?.length ?? 0;
  if (usable) whole.set(usable);
  let counted = 0;
  try {
    await forEachPart(source, file.path, bytes, options, (part, start) => {
      if (start !== undefined) bytes = start; // the server may begin anew
      if (bytes + part.length > file.bytes) {
        damaged(source, file, `is longer than its ${file.bytes}`);
      }
      whole.set(part, bytes);
      bytes += part.length;
      options.onBytes?.(Math.max(0, bytes - counted));
      counted = Math.max(counted, bytes);
    });
  } catch (error) {
    if (!(error instanceof IntegrityError)) {
      await cache?.keepPart(file.sha256, whole.slice(0, bytes));
    }
    throw error;
  }
  const fault = await faultOf(whole.subarray(0, bytes), file);
  if (fault === undefined) return whole;
  if (usable) {
    await cache?.dropPart(file.sha256); // its beginning may be what is wrong
    return download(source, file, { ...options, onBytes: () => {} });
  }
  damaged(source, file, fault);
}

/** What the bytes are instead of the file. */
async function faultOf(
  bytes: Uint8Array<ArrayBuffer>,
  file: BundleFile,
): Promise<string | undefined> {
  if (bytes.length !== file.bytes) return `ends after ${bytes.length} of its ${file.bytes}`;
  const found = hex(await crypto.subtle.digest('SHA-256', bytes));
  if (found === file.sha256) return undefined;
  return `has sha256 ${found}, wanted ${file.sha256}, of its ${file.bytes}`;
}

function damaged(source: Source, file: BundleFile, what: string): never {
  throw new IntegrityError(
    `${source.address(file.path)} ${what} bytes: it was cut short, damaged or exchanged; ` +
      'load it again, or copy the bundle again',
  );
}

/** `use` gets with the first part the place at which it stands. */
async function forEachPart(
  source: Source,
  path: string,
  from: number,
  { signal }: ReadOptions,
  use: (part: Uint8Array, start?: number) => void,
): Promise<void> {
  try {
    const arrival = await source.open(path, from, signal);
    let start: number | undefined = arrival.from;
    for await (const part of arrival.parts) {
      use(part, start);
      start = undefined;
    }
  } catch (error) {
    throwIfAborted(signal, 'loading');
    if (error instanceof TypeError || !isOurs(error)) {
      throw new ReadError(
        `${source.address(path)} cannot be read: ${(error as Error).message}; check the address, ` +
          'the connection, and the server’s CORS headers if it is another site’s',
        { cause: error },
      );
    }
    throw error;
  }
}

const isOurs = (error: unknown) =>
  error instanceof ReadError || error instanceof BundleError || error instanceof IntegrityError;
