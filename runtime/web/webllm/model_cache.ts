// SPDX-License-Identifier: Apache-2.0
// What is kept of models on this device: asked for and deleted by the id or address of a model.
import { ArgumentError } from '../errors.ts';
import type { BundleCache } from '../files/bundle_cache.ts';
import type { StoreKind } from '../files/open_store.ts';
import { type BundleFile, openSource } from '../files/source.ts';
import { type Manifest, parseManifest } from '../load/manifest.ts';
import { type AppConfig, findRecord, prebuiltAppConfig } from './config.ts';

/** Where an application's files are kept. */
export function storeKind({ cacheBackend }: AppConfig): StoreKind {
  if (cacheBackend === 'indexeddb' || cacheBackend === 'cross-origin') {
    throw new ArgumentError(`cacheBackend ${cacheBackend} is not supported; use opfs or cache`);
  }
  return cacheBackend ?? 'auto';
}

interface Kept {
  cache: BundleCache;
  address: string;
  manifest: Manifest | undefined;
}

async function find(modelId: string, appConfig: AppConfig = prebuiltAppConfig): Promise<Kept> {
  const { model } = findRecord(modelId, appConfig);
  const source = openSource(model, { cache: storeKind(appConfig) });
  const { cache } = source;
  if (!cache) throw new ArgumentError(`${model} is a file; only what comes by HTTP is kept`);
  const address = source.address('');
  const bytes = await cache.readManifest(address);
  return { cache, address, manifest: bytes && parseManifest(bytes) };
}

const filesOf = (manifest: Manifest): BundleFile[] => [
  manifest.library,
  ...(manifest.tokenizer ? [manifest.tokenizer] : []),
  ...manifest.segments,
];

/** Whether the model can be loaded without the network. */
export async function hasModelInCache(modelId: string, appConfig?: AppConfig): Promise<boolean> {
  const { cache, manifest } = await find(modelId, appConfig);
  return manifest !== undefined && cache.has(filesOf(manifest).map(({ sha256 }) => sha256));
}

/** Deletes those of the files that no other model on this device has. */
async function deleteFiles({ cache, address }: Kept, files: readonly BundleFile[]): Promise<void> {
  const others = await cache.otherManifests(address);
  const shared = new Set(
    others.flatMap((bytes) => filesOf(parseManifest(bytes)).map(({ sha256 }) => sha256)),
  );
  for (const { sha256 } of files) {
    await cache.dropPart(sha256);
    if (!shared.has(sha256)) await cache.dropFile(sha256);
  }
}

/** Deletes weights and tokenizer. */
export async function deleteModelInCache(modelId: string, appConfig?: AppConfig): Promise<void> {
  const kept = await find(modelId, appConfig);
  const { manifest } = kept;
  if (manifest) {
    await deleteFiles(
      kept,
      filesOf(manifest).filter((file) => file !== manifest.library),
    );
  }
}

/** Deletes all files and the manifest. */
export async function deleteModelAllInfoInCache(
  modelId: string,
  appConfig?: AppConfig,
): Promise<void> {
  const kept = await find(modelId, appConfig);
  if (kept.manifest) await deleteFiles(kept, filesOf(kept.manifest));
  await kept.cache.dropManifest(kept.address);
}

/** Deletes the manifest; without it the files serve other models that have them, too. */
export async function deleteChatConfigInCache(
  modelId: string,
  appConfig?: AppConfig,
): Promise<void> {
  const { cache, address } = await find(modelId, appConfig);
  await cache.dropManifest(address);
}

/** Deletes the library. */
export async function deleteModelWasmInCache(
  modelId: string,
  appConfig?: AppConfig,
): Promise<void> {
  const kept = await find(modelId, appConfig);
  if (kept.manifest) await deleteFiles(kept, [kept.manifest.library]);
}
