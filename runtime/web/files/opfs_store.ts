// SPDX-License-Identifier: Apache-2.0
// A Store in the origin's private file system. A file is written beside itself and takes its name
// when it is complete: that is what createWritable promises.
import type { Store } from './store.ts';

const folderName = 'webllm-compile';

export async function opfsStore(): Promise<Store | undefined> {
  const root = await globalThis.navigator?.storage?.getDirectory?.();
  if (!root || !('createWritable' in FileSystemFileHandle.prototype)) return undefined;
  return new OpfsStore(await root.getDirectoryHandle(folderName, { create: true }));
}

class OpfsStore implements Store {
  constructor(private readonly root: FileSystemDirectoryHandle) {}

  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const file = await this.find(name);
    return file && new Uint8Array(await (await file.getFile()).arrayBuffer());
  }

  async has(name: string): Promise<boolean> {
    return (await this.find(name)) !== undefined;
  }

  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const [folder, last] = await this.folderOf(name, true);
    const file = await folder!.getFileHandle(last, { create: true });
    try {
      const writable = await file.createWritable();
      await writable.write(bytes);
      await writable.close();
    } catch (error) {
      await this.delete(name); // else an empty file would be left
      throw error;
    }
  }

  async delete(name: string): Promise<void> {
    const [folder, last] = await this.folderOf(name, false);
    await folder?.removeEntry(last).catch(ifMissing);
  }

  async list(prefix: string): Promise<string[]> {
    const [folder] = await this.folderOf(`${prefix}any`, false);
    const names: string[] = [];
    if (folder) for await (const last of keysOf(folder)) names.push(prefix + last);
    return names;
  }

  private async find(name: string): Promise<FileSystemFileHandle | undefined> {
    const [folder, last] = await this.folderOf(name, false);
    return folder?.getFileHandle(last).catch(ifMissing);
  }

  private async folderOf(
    name: string,
    create: boolean,
  ): Promise<[FileSystemDirectoryHandle | undefined, string]> {
    const path = name.split('/');
    const last = path.pop()!;
    let folder: FileSystemDirectoryHandle | undefined = this.root;
    for (const part of path) {
      folder = await folder?.getDirectoryHandle(part, { create }).catch(ifMissing);
    }
    return [folder, last];
  }
}

function keysOf(folder: FileSystemDirectoryHandle): AsyncIterable<string> {
  return (folder as unknown as { keys(): AsyncIterable<string> }).keys();
}

function ifMissing(error: unknown): undefined {
  if ((error as Error).name !== 'NotFoundError') throw error;
}
