// SPDX-License-Identifier: Apache-2.0
// Store: named files that outlive the page, in the origin's private file system or, where that cannot
// be written, in the Cache API. A file is there as a whole or not at all.
//
//   const store = await openStore('auto');     // undefined where nothing can be kept
//   await store?.write('files/5f…', bytes);
import { cacheApiStore } from './cache_api_store.ts';
import { opfsStore } from './opfs_store.ts';

export interface Store {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  has(name: string): Promise<boolean>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(name: string): Promise<void>;
  /** Names that begin with `prefix`, which ends with a slash. */
  list(prefix: string): Promise<string[]>;
}

export type StoreKind = 'auto' | 'opfs' | 'cache' | 'none';

const openers = { opfs: opfsStore, cache: cacheApiStore };

/** `kind`: where, or a store of the application's own. */
export async function openStore(kind: StoreKind | Store): Promise<Store | undefined> {
  if (typeof kind === 'object') return kind;
  if (kind === 'none') return undefined;
  const kinds = kind === 'auto' ? (['opfs', 'cache'] as const) : [kind];
  for (const one of kinds) {
    const store = await openers[one]().catch(() => undefined);
    if (store) return store;
  }
  return undefined;
}
