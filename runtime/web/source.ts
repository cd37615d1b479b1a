// SPDX-License-Identifier: Apache-2.0
// Source: a bundle's files by their path below the bundle's address, streamed over HTTP, or from disk
// for file: addresses in Node and Deno.
//
//   const source = openSource('./bundle/');
//   const manifest = await source.readAll('model.json', 1 << 24);
//   const bytes = await readVerified(source, file, { signal, onBytes: (n) => { loaded += n; } });
import { AbortedError, BundleError, IntegrityError, ReadError } from './errors.ts';
import type { BundleFile } from './manifest.ts';

export interface ReadOptions {
  signal?: AbortSignal;
  /** Called with the length of each part as it arrives. */
  onBytes?: (bytes: number) => void;
}

export interface Source {
  /** The full address of a file, for messages. */
  address(path: string): string;
  parts(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** `address` is a folder or its model.json; relative to the page, or to the working directory. */
export function openSource(address: string | URL): Source {
  const base = new URL(address, startingPoint());
  base.search = base.hash = '';
  if (base.pathname.endsWith('/model.json')) base.pathname = base.pathname.slice(0, -10);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base.protocol === 'file:' ? new FolderSource(base) : new HttpSource(base);
}

interface NodeProcess {
  cwd(): string;
  getBuiltinModule?(name: 'node:fs'): {
    createReadStream(url: URL, options: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  };
}
const nodeProcess = (globalThis as { process?: NodeProcess }).process;

function startingPoint(): string | undefined {
  if (globalThis.location) return globalThis.location.href;
  const folder = nodeProcess?.cwd();
  return folder === undefined ? undefined : new URL(`file://${encodeURI(folder)}/`).href;
}

class HttpSource implements Source {
  constructor(private readonly base: URL) {}

  address(path: string): string {
    return new URL(path, this.base).href;
  }

  async *parts(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const response = await fetch(this.address(path), { signal: signal ?? null });
    if (!response.ok || !response.body) {
      throw new ReadError(
        `${this.address(path)}: the server answered ${response.status} ${response.statusText}`.trim() +
          '; check the address of the bundle',
      );
    }
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  }
}

class FolderSource implements Source {
  constructor(private readonly base: URL) {}

  address(path: string): string {
    return new URL(path, this.base).href;
  }

  parts(path: string, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const files = nodeProcess?.getBuiltinModule?.('node:fs');
    if (!files) {
      throw new ReadError(
        `${this.address(path)}: only Node and Deno read files; use http: or https:`,
      );
    }
    return files.createReadStream(new URL(path, this.base), signal ? { signal } : {});
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
  await forEachPart(source, path, options, (part) => {
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

/** Reads a file that the manifest lists and compares length and hash before anyone sees a byte. */
export async function readVerified(
  source: Source,
  file: BundleFile,
  options: ReadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(file.bytes);
  let bytes = 0;
  await forEachPart(source, file.path, options, (part) => {
    if (bytes + part.length > file.bytes) damaged(source, file, `is longer than its ${file.bytes}`);
    whole.set(part, bytes);
    bytes += part.length;
  });
  if (bytes !== file.bytes) damaged(source, file, `ends after ${bytes} of its ${file.bytes}`);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (found !== file.sha256) {
    damaged(source, file, `has sha256 ${found}, wanted ${file.sha256}, of its ${file.bytes}`);
  }
  return whole;
}

function damaged(source: Source, file: BundleFile, what: string): never {
  throw new IntegrityError(
    `${source.address(file.path)} ${what} bytes: it was cut short, damaged or exchanged; ` +
      'load it again, or copy the bundle again',
  );
}

async function forEachPart(
  source: Source,
  path: string,
  { signal, onBytes }: ReadOptions,
  use: (part: Uint8Array) => void,
): Promise<void> {
  try {
    for await (const part of source.parts(path, signal)) {
      use(part);
      onBytes?.(part.length);
    }
  } catch (error) {
    if (signal?.aborted) throw new AbortedError('loading was stopped', { cause: signal.reason });
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
