// SPDX-License-Identifier: Apache-2.0
// Store: named files that outlive the page. A file is there as a whole or not at all.
//
//   await store.write('files/5f…', bytes);
//   await store.list('files/');                // ['files/5f…']

export interface Store {
  read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  has(name: string): Promise<boolean>;
  write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  delete(name: string): Promise<void>;
  /** Names that begin with `prefix`, which ends with a slash. */
  list(prefix: string): Promise<string[]>;
}
