// SPDX-License-Identifier: Apache-2.0
// A Store in the Cache API, which keeps whole responses.
import type { Store } from './store.ts';

const cacheName = 'webllm-compile';
// No request goes there: it only gives names the form of addresses.
const base = 'https://webllm-compile.invalid/';

export async function cacheApiStore(): Promise<Store | undefined> {
  if (!globalThis.caches) return undefined; // http: pages have none
  return new CacheApiStore(await caches.open(cacheName));
}

class CacheApiStore implements Store {
  constructor(private readonly cache: Cache) {}

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const found = await this.cache.match(base + name);
    return found && new Uint8Array(await found.arrayBuffer());
  }

  async has(name: string): Promise<boolean> {
    return (await this.cache.match(base + name)) !== undefined;
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.cache.put(base + name, new Response(bytes));
  }

  async delete(name: string): Promise<void> {
    await this.cache.delete(base + name);
  }

  async list(prefix: string): Promise<string[]> {
    const names = (await this.cache.keys()).map(({ url }) => url.slice(base.length));
    return names.filter((name) => name.startsWith(prefix));
  }
}
