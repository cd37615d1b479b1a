// SPDX-License-Identifier: Apache-2.0
// The page's side of an engine in a dedicated worker, so that a page stays smooth while the model
// loads and answers. Takes and gives what createEngine does.
//
//   const engine = await createWorkerEngine('./bundle/', { progress: show });
import type {
  Engine,
  GenerateOptions,
  GenerateResult,
  Generation,
  LoadOptions,
  MemoryUse,
  ModelInfo,
  Prompt,
  Token,
} from '../api.ts';
import { ArgumentError, EngineError, throwIfAborted } from '../errors.ts';
import type { StoreKind } from '../files/open_store.ts';
import type { ModulePlace } from '../host/wasm_module.ts';
import type { Profile } from '../profile/profile.ts';
import { Connection } from './connection.ts';
import type { WorkerSettings } from './engine_server.ts';
import { remoteApi } from './remote_api.ts';

export interface WorkerEngineOptions extends LoadOptions {
  /** A worker of one's own that runs worker.js, or where worker.js lies; beside this script. */
  worker?: Worker | string | URL;
}

export async function createWorkerEngine(
  address: string | URL,
  options: WorkerEngineOptions = {},
): Promise<Engine> {
  const { signal, progress } = options;
  const { optionalFeatures, profile, defaults, context, slidingWindow, attentionSink } = options;
  throwIfAborted(signal, 'loading');
  const worker = openWorker(options.worker);
  const connection = connectWorker(worker);
  try {
    const settings: WorkerSettings = {
      ...{ optionalFeatures, profile, defaults, context, slidingWindow, attentionSink },
      runtimeWasm: fromPage(options.runtimeWasm),
      grammarWasm: fromPage(options.grammarWasm),
      cache: kindOf(options.cache),
    };
    const bundle = new URL(address, location.href).href;
    const args = [bundle, settings];
    const model = await connection.call<ModelInfo>('load', args, { signal, progress });
    return new WorkerEngine(worker, connection, model);
  } catch (error) {
    connection.close();
    worker.terminate();
    throw error;
  }
}

function openWorker(worker: Worker | string | URL | undefined): Worker {
  if (worker instanceof Worker) return worker;
  if (worker !== undefined) return new Worker(worker, { type: 'module' });
  const here = new URL(import.meta.url);
  if (here.protocol.startsWith('http') && here.origin !== location.origin) return foreignWorker();
  // In one expression, so that bundlers find the worker and take it along.
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
}

/** A worker's own script must be of the page's origin; what it imports may come from a CDN. */
function foreignWorker(): Worker {
  const script = `import { serveEngine } from ${JSON.stringify(import.meta.url)}; serveEngine();`;
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return new Worker(address, { type: 'module' });
}

/** A connection over a worker, which fails with it. */
export function connectWorker(worker: Worker): Connection {
  const connection = new Connection((request) => worker.postMessage(request));
  worker.addEventListener('message', ({ data }) => connection.receive(data));
  worker.addEventListener('error', (event) => {
    const reason = event.message || 'its script cannot be loaded';
    connection.failAll(new EngineError(`the worker failed: ${reason}`));
  });
  return connection;
}

function kindOf(cache: LoadOptions['cache']): StoreKind | undefined {
  if (typeof cache !== 'object') return cache;
  throw new ArgumentError('a store of your own cannot cross into a worker; name one');
}

/** Addresses relative to the page, which the worker does not know. */
function fromPage(place: ModulePlace): string | BufferSource | undefined {
  const isAddress = typeof place === 'string' || place instanceof URL;
  return isAddress ? new URL(place, location.href).href : place;
}

class WorkerEngine implements Engine {
  readonly chat;
  readonly completions;
  readonly embeddings;

  constructor(
    private readonly worker: Worker,
    private readonly connection: Connection,
    readonly model: ModelInfo,
  ) {
    const { chat, completions, embeddings } = remoteApi(connection);
    this.chat = chat;
    this.completions = completions;
    this.embeddings = embeddings;
  }

  generate(prompt: Prompt, options: GenerateOptions = {}): Generation {
    const { connection } = this;
    const { signal, ...others } = options;
    const ids = typeof prompt === 'string' ? prompt : Array.from(prompt);
    const generation = {
      result: undefined as GenerateResult | undefined,
      async *[Symbol.asyncIterator](): AsyncGenerator<Token, void> {
        const tokens = await connection.stream<Token, GenerateResult>('generate', [ids, others], {
          signal,
        });
        generation.result = yield* tokens;
      },
    };
    return generation;
  }

  tokenize(text: string): Promise<Uint32Array> {
    return this.connection.call('tokenize', [text]);
  }

  detokenize(ids: ArrayLike<number>): Promise<string> {
    return this.connection.call('detokenize', [Array.from(ids)]);
  }

  logits(ids: ArrayLike<number>, options: { chunk?: number } = {}): Promise<Float32Array> {
    return this.connection.call('logits', [Array.from(ids), options]);
  }

  memory(): Promise<MemoryUse> {
    return this.connection.call('memory', []);
  }

  profile(): Promise<Profile> {
    return this.connection.call('profile', []);
  }

  interrupt(): Promise<void> {
    return this.connection.call('interrupt', []);
  }

  forget(): Promise<void> {
    return this.connection.call('forget', []);
  }

  async close(): Promise<void> {
    if (this.connection.isClosed) return;
    await this.connection.call('close', []);
    this.connection.close();
    this.worker.terminate();
  }
}
