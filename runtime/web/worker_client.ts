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
} from './api.ts';
import { ClosedError, EngineError, fromWire, throwIfAborted, toWire } from './errors.ts';
import type { Calls, Method, Request, Response } from './messages.ts';

export interface WorkerEngineOptions extends LoadOptions {
  /** A worker of one's own that runs worker.js, or where worker.js lies; beside this script. */
  worker?: Worker | string | URL;
}

/** Tokens that may be on their way to the page. */
const window = 32;

type Listener = (response: Response) => void;

export async function createWorkerEngine(
  address: string | URL,
  options: WorkerEngineOptions = {},
): Promise<Engine> {
  throwIfAborted(options.signal, 'loading');
  const connection = new Connection(openWorker(options.worker));
  try {
    const model = await connection.load(new URL(address, location.href).href, options);
    return new WorkerEngine(connection, model);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function openWorker(worker: Worker | string | URL | undefined): Worker {
  if (worker instanceof Worker) return worker;
  return new Worker(worker ?? new URL('./worker.js', import.meta.url), { type: 'module' });
}

class Connection {
  private readonly listeners = new Map<number, Listener>();
  private requests = 0;

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', ({ data }: MessageEvent<Response>) => {
      this.listeners.get(data.id)?.(data);
    });
    worker.addEventListener('error', (event) => {
      const reason = event.message || 'worker.js cannot be loaded';
      this.failAll(new EngineError(`the worker failed: ${reason}`));
    });
  }

  private failAll(error: Error): void {
    const wire = toWire(error);
    for (const [id, listener] of [...this.listeners]) listener({ type: 'error', id, error: wire });
  }

  listen(listener: Listener): number {
    this.listeners.set(++this.requests, listener);
    return this.requests;
  }

  forget(id: number): void {
    this.listeners.delete(id);
  }

  send(request: Request): void {
    this.worker.postMessage(request);
  }

  async load(address: string, options: WorkerEngineOptions): Promise<ModelInfo> {
    const { signal, progress } = options;
    const place = options.runtimeWasm;
    const runtimeWasm =
      typeof place === 'string' || place instanceof URL
        ? new URL(place, location.href).href
        : place;
    return new Promise<ModelInfo>((resolve, reject) => {
      const id = this.listen((response) => {
        if (response.type === 'progress') return progress?.(response.progress);
        this.forget(id);
        signal?.removeEventListener('abort', abort);
        if (response.type === 'loaded') resolve(response.model);
        else reject(response.type === 'error' ? fromWire(response.error) : unexpected(response));
      });
      const abort = () => this.send({ type: 'abort', id });
      signal?.addEventListener('abort', abort);
      this.send({ type: 'load', id, address, runtimeWasm });
    });
  }

  async call<M extends Method>(method: M, ...args: Calls[M]['args']): Promise<Calls[M]['value']> {
    return new Promise((resolve, reject) => {
      const id = this.listen((response) => {
        this.forget(id);
        if (response.type === 'value') resolve(response.value as Calls[M]['value']);
        else reject(response.type === 'error' ? fromWire(response.error) : unexpected(response));
      });
      this.send({ type: 'call', id, method, args } as Request);
    });
  }

  close(): void {
    this.worker.terminate();
    this.failAll(new ClosedError('the engine is closed; create another'));
  }
}

const unexpected = (response: Response) =>
  new EngineError(`the worker answered ${response.type}; runtime.js and worker.js do not match`);

class WorkerEngine implements Engine {
  constructor(
    private readonly connection: Connection,
    readonly model: ModelInfo,
  ) {}

  generate(prompt: Prompt, options: GenerateOptions = {}): Generation {
    const generation = {
      result: undefined as GenerateResult | undefined,
      [Symbol.asyncIterator]: () =>
        receive(this.connection, prompt, options, (result) => {
          generation.result = result;
        }),
    };
    return generation;
  }

  tokenize(text: string): Promise<Uint32Array> {
    return this.connection.call('tokenize', text);
  }

  detokenize(ids: ArrayLike<number>): Promise<string> {
    return this.connection.call('detokenize', Array.from(ids));
  }

  logits(ids: ArrayLike<number>, options: { chunk?: number } = {}): Promise<Float32Array> {
    return this.connection.call('logits', Array.from(ids), options);
  }

  memory(): Promise<MemoryUse> {
    return this.connection.call('memory');
  }

  async close(): Promise<void> {
    await this.connection.call('close');
    this.connection.close();
  }
}

/** Tokens of one generation in the order they come; leaving the loop early stops the worker. */
async function* receive(
  connection: Connection,
  prompt: Prompt,
  { signal, ...options }: GenerateOptions,
  finished: (result: GenerateResult | undefined) => void,
): AsyncGenerator<Token, void> {
  throwIfAborted(signal, 'generating');
  const arrived: Response[] = [];
  let wake = () => {};
  const id = connection.listen((response) => {
    arrived.push(response);
    wake();
  });
  const abort = () => connection.send({ type: 'abort', id });
  signal?.addEventListener('abort', abort);
  const ids = typeof prompt === 'string' ? prompt : Array.from(prompt);
  connection.send({ type: 'generate', id, prompt: ids, options, credit: window });
  let ended = false;
  try {
    for (let taken = 0; ;) {
      const response = arrived.shift();
      if (!response) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if (response.type === 'token') {
        if (++taken % (window / 2) === 0)
          connection.send({ type: 'credit', id, credit: window / 2 });
        yield response.token;
      } else {
        ended = true;
        if (response.type === 'error') throw fromWire(response.error);
        if (response.type !== 'end') throw unexpected(response);
        finished(response.result);
        return;
      }
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    if (!ended) abort();
    connection.forget(id);
  }
}
