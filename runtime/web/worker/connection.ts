// SPDX-License-Identifier: Apache-2.0
// Connection: requests over a channel and whoever waits for the answers.
//
//   const text = await connection.call('detokenize', [[1, 6324]]);
//   for await (const token of await connection.stream('generate', [prompt])) ...
import { ClosedError, EngineError, fromWire, throwIfAborted, toWire } from '../errors.ts';
import { isOurs, type Request, type Response } from './messages.ts';

type Listener = (response: Response) => void;

export interface CallOptions {
  signal?: AbortSignal | null | undefined;
  progress?: ((progress: any) => void) | undefined;
}

/** Items that may be on their way. */
const window = 32;

export class Connection {
  private readonly listeners = new Map<string, Listener>();
  // Several pages may talk to one service worker.
  private readonly name = crypto.randomUUID();
  private requests = 0;
  private closed = false;

  constructor(private readonly post: (request: Request) => void) {}

  /** A message has come over the channel. */
  receive(message: unknown): void {
    if (isOurs<Response>(message)) this.listeners.get(message.id)?.(message);
  }

  /** Requests that wait for answers. */
  get waiting(): string[] {
    return [...this.listeners.keys()];
  }

  /** Whoever waits for these gets the error. */
  fail(ids: readonly string[], error: Error): void {
    const wire = toWire(error);
    for (const id of ids) this.listeners.get(id)?.({ type: 'error', id, error: wire });
  }

  /** The other side is gone. */
  failAll(error: Error): void {
    this.fail(this.waiting, error);
  }

  async call<T>(method: string, args: unknown[], options: CallOptions = {}): Promise<T> {
    const exchange = new Exchange(this, method, args, options);
    try {
      const response = await exchange.next();
      if (response.type === 'value') return response.value as T;
      throw unexpected(response);
    } finally {
      exchange.close();
    }
  }

  /** Resolves when the other side has accepted the request. Leaving the loop early stops it. */
  async stream<Item, Result>(
    method: string,
    args: unknown[],
    options: CallOptions = {},
  ): Promise<AsyncGenerator<Item, Result>> {
    const exchange = new Exchange(this, method, args, options);
    try {
      const response = await exchange.next();
      if (response.type === 'stream') return exchange.items<Item, Result>();
      throw unexpected(response);
    } catch (error) {
      exchange.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
    this.failAll(closedError());
  }

  listen(listener: Listener): string {
    const id = `${this.name} ${++this.requests}`;
    this.listeners.set(id, listener);
    return id;
  }

  forget(id: string): void {
    this.listeners.delete(id);
  }

  send(request: Request): void {
    if (this.closed) throw closedError();
    this.post(request);
  }
}

/** One request and its responses, which wait to be taken. */
class Exchange {
  private readonly arrived: Response[] = [];
  private readonly id: string;
  private ended = false;
  private wake = () => {};
  private readonly interrupt = () => {
    this.connection.send({ type: 'abort', id: this.id });
    this.wake();
  };

  constructor(
    private readonly connection: Connection,
    private readonly method: string,
    args: unknown[],
    private readonly options: CallOptions,
  ) {
    throwIfAborted(options.signal ?? undefined, method);
    this.id = connection.listen((response) => this.put(response));
    try {
      connection.send({ type: 'call', id: this.id, method, args });
    } catch (error) {
      connection.forget(this.id);
      throw error;
    }
    options.signal?.addEventListener('abort', this.interrupt);
  }

  async next(): Promise<Response> {
    for (;;) {
      throwIfAborted(this.options.signal ?? undefined, this.method);
      const response = this.arrived.shift();
      if (response?.type === 'error') throw fromWire(response.error);
      if (response) return response;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  async *items<Item, Result>(): AsyncGenerator<Item, Result> {
    try {
      this.connection.send({ type: 'credit', id: this.id, credit: window });
      for (let taken = 1; ; taken++) {
        const response = await this.next();
        if (response.type === 'end') return response.value as Result;
        if (response.type !== 'item') throw unexpected(response);
        const credit = window / 2;
        if (taken % credit === 0) this.connection.send({ type: 'credit', id: this.id, credit });
        yield response.item as Item;
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.options.signal?.removeEventListener('abort', this.interrupt);
    if (!this.ended && !this.connection.isClosed) {
      this.connection.send({ type: 'abort', id: this.id });
    }
    this.connection.forget(this.id);
  }

  private put(response: Response): void {
    if (response.type === 'progress') return this.options.progress?.(response.progress);
    this.ended ||= !['stream', 'item'].includes(response.type);
    this.arrived.push(response);
    this.wake();
  }
}

const closedError = () => new ClosedError('the engine is closed; create another');

const unexpected = (response: Response) =>
  new EngineError(`the worker answered ${response.type}; runtime.js and worker.js do not match`);
