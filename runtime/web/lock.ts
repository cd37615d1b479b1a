// SPDX-License-Identifier: Apache-2.0
// Lock: lets one task at a time use the GPU's buffers, in the order in which they asked.
//
//   const release = await lock.acquire();
//   try { ... } finally { release(); }
export class Lock {
  private tail: Promise<void> = Promise.resolve();

  async acquire(): Promise<() => void> {
    const before = this.tail;
    let release = () => {};
    this.tail = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
