// SPDX-License-Identifier: Apache-2.0
// BundleCache: what has been loaded of bundles, for the next time and for when there is no network:
//
//   files/<sha256>      a file that a manifest lists; models that share it keep it once
//   parts/<sha256>      the beginning of one whose download was cut
//   bundles/<sha256>    the manifest of the bundle at the address that was hashed
//
// That nothing can be kept does not stop loading: `failed` is told, and the network is used.
import { StorageError } from '../errors.ts';
import { openStore, type StoreKind } from './open_store.ts';
import type { Store } from './store.ts';

export interface CacheOptions {
  /** Where loaded files are kept; in the private file system if possible when left out. */
  cache?: StoreKind | Store;
  /** Told what could not be kept, and why. */
  cacheFailed?: (error: StorageError) => void;
}

// A shorter beginning is not worth a request of its own.
const leastPart = 64 << 10;

export class BundleCache {
  private readonly store: Promise<Store | undefined>;
  private asked = false;

  constructor(private readonly options: CacheOptions = {}) {
    this.store = openStore(options.cache ?? 'auto');
  }

  async readFile(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.read(`files/${sha256}`);
  }

  async keepFile(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.write(`files/${sha256}`, bytes);
    await this.remove(`parts/${sha256}`);
  }

  /** It is not what its name says. */
  async dropFile(sha256: string): Promise<void> {
    await this.remove(`files/${sha256}`);
  }

  async readPart(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.read(`parts/${sha256}`);
  }

  async keepPart(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length >= leastPart) await this.write(`parts/${sha256}`, bytes);
  }

  async dropPart(sha256: string): Promise<void> {
    await this.remove(`parts/${sha256}`);
  }

  async readManifest(address: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.read(await manifestName(address));
  }

  async keepManifest(address: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.write(await manifestName(address), bytes);
  }

  async dropManifest(address: string): Promise<void> {
    await this.remove(await manifestName(address));
  }

  async has(sha256s: readonly string[]): Promise<boolean> {
    const store = await this.store;
    if (!store) return false;
    for (const sha256 of sha256s) if (!(await store.has(`files/${sha256}`))) return false;
    return true;
  }

  /** All manifests but that of this address. */
  async otherManifests(address: string): Promise<Uint8Array<ArrayBuffer>[]> {
    const own = await manifestName(address);
    const names = (await (await this.store)?.list('bundles/')) ?? [];
    const manifests = await Promise.all(
      names.filter((name) => name !== own).map((name) => this.read(name)),
    );
    return manifests.filter((manifest) => manifest !== undefined);
  }

  private async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return await (await this.store)?.read(name);
    } catch (error) {
      await this.report(`${name} cannot be read`, error);
      return undefined;
    }
  }

  private async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const store = await this.store;
    if (!store) return;
    if (!this.asked) {
      this.asked = true; // the browser then spares the files when the disk is full
      void globalThis.navigator?.storage?.persist?.().catch(() => {});
    }
    try {
      await store.write(name, bytes);
    } catch (error) {
      await this.report(`${bytes.length} bytes of ${name} cannot be kept`, error);
    }
  }

  private async remove(name: string): Promise<void> {
    await (await this.store)?.delete(name).catch(() => {});
  }

  private async report(what: string, cause: unknown): Promise<void> {
    const estimate = await globalThis.navigator?.storage?.estimate?.().catch(() => undefined);
    const room = estimate ? `; ${estimate.usage} of ${estimate.quota} bytes are in use` : '';
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    this.options.cacheFailed?.(new StorageError(`${what}: ${reason}${room}`, { cause }));
  }
}

async function manifestName(address: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(address));
  return `bundles/${hex(digest)}`;
}

export function hex(digest: ArrayBuffer): string {
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
