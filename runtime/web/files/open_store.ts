// SPDX-License-Identifier: Apache-2.0
// openStore: the first place of this browser that can keep files: the origin's private file system,
// or where that cannot be written the Cache API.
//
//   const store = await openStore('auto');     // undefined where nothing can be kept
import { cacheApiStore } from './cache_api_store.ts';
import { opfsStore } from './opfs_store.ts';
import type { Store } from './store.ts';

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
