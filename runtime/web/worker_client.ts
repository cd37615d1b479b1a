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
import { Connection, unexpected } from './connection.ts';
import { fromWire, throwIfAborted } from './errors.ts';
import type { Response } from './messages.ts';

export interface WorkerEngineOptions extends LoadOptions {
  /** A worker of one's own that runs worker.js, or where worker.js lies; beside this script. */
  worker?: Worker | string | URL;
}

/** Tokens that may be on their way to the page. */
const window = 32;

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
  if (worker !== undefined) return new Worker(worker, { type: 'module' });
  // In one expression, so that bundlers find the worker and take it along.
  return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
}

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
    if (this.connection.isClosed) return;
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
  const ids = typeof prompt === 'string' ? prompt : Array.from(prompt);
  const inbox = new Inbox(signal);
  const id = connection.listen((response) => inbox.put(response));
  let ended = false;
  try {
    connection.send({ type: 'generate', id, prompt: ids, options, credit: window });
    for (let taken = 1; ; taken++) {
      const response = await inbox.next();
      ended = response.type !== 'token';
      if (response.type === 'end') return finished(response.result);
      if (response.type === 'error') throw fromWire(response.error);
      if (response.type !== 'token') throw unexpected(response);
      const credit = window / 2;
      if (taken % credit === 0) connection.send({ type: 'credit', id, credit });
      yield response.token;
    }
  } finally {
    if (!ended && !connection.isClosed) connection.send({ type: 'abort', id });
    connection.forget(id);
    inbox.close();
  }
}

/** Responses that wait to be taken, and a taker that waits for them or for an abort. */
class Inbox {
  private readonly arrived: Response[] = [];
  private wake = () => {};
  private readonly interrupt = () => this.wake();

  constructor(private readonly signal: AbortSignal | undefined) {
    signal?.addEventListener('abort', this.interrupt);
  }

  put(response: Response): void {
    this.arrived.push(response);
    this.wake();
  }

  async next(): Promise<Response> {
    for (;;) {
      throwIfAborted(this.signal, 'generating');
      const response = this.arrived.shift();
      if (response) return response;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  close(): void {
    this.signal?.removeEventListener('abort', this.interrupt);
  }
}
