// SPDX-License-Identifier: Apache-2.0
// Server: answers the requests of messages.ts by calling methods. One that returns an AsyncIterable
// is streamed.
//
//   const server = new Server({ double: (x) => 2 * x });
//   channel.addEventListener('message', ({ data }) => server.handle(data, (r) => channel.postMessage(r)));
import { AbortedError, ArgumentError, toWire } from '../errors.ts';
import type { Request, Response } from './messages.ts';

export interface CallContext {
  signal: AbortSignal;
  progress: (progress: unknown) => void;
}

/** The last argument is the context of the call. */
export type Methods = Record<string, (...args: any[]) => unknown>;

/** Items that may still be sent; waits while there are none. */
class Credit {
  private left = 0;
  private wake = () => {};

  add(more: number): void {
    this.left += more;
    this.wake();
  }

  async take(signal: AbortSignal): Promise<void> {
    while (this.left <= 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    if (signal.aborted) throw new AbortedError('the request was stopped');
    this.left--;
  }
}

interface Running {
  abort: AbortController;
  credit: Credit;
}

export class Server {
  private readonly running = new Map<string, Running>();

  constructor(private readonly methods: Methods) {}

  handle(request: Request, send: (response: Response) => void): Promise<void> | void {
    if (request.type === 'credit') return this.running.get(request.id)?.credit.add(request.credit);
    if (request.type === 'abort') return this.running.get(request.id)?.abort.abort();
    return this.call(request, send);
  }

  /** Whether the request is known and not yet answered. */
  isRunning(id: string): boolean {
    return this.running.has(id);
  }

  private async call(
    { id, method, args }: Request & { type: 'call' },
    send: (response: Response) => void,
  ): Promise<void> {
    const task = { abort: new AbortController(), credit: new Credit() };
    const { signal } = task.abort;
    this.running.set(id, task);
    try {
      if (!Object.hasOwn(this.methods, method)) throw new ArgumentError(`no method ${method}`);
      const progress = (progress: unknown) => send({ type: 'progress', id, progress });
      const value = await this.methods[method](...args, { signal, progress });
      if (!isStream(value)) return send({ type: 'value', id, value });
      send({ type: 'stream', id });
      const iterator = value[Symbol.asyncIterator]();
      await this.stream(id, iterator, task, send);
    } catch (error) {
      send({ type: 'error', id, error: toWire(error) });
    } finally {
      this.running.delete(id);
    }
  }

  private async stream(
    id: string,
    iterator: AsyncIterator<unknown, unknown>,
    { abort, credit }: Running,
    send: (response: Response) => void,
  ): Promise<void> {
    try {
      for (;;) {
        await credit.take(abort.signal);
        const { done, value } = await iterator.next();
        if (done) return send({ type: 'end', id, value });
        send({ type: 'item', id, item: value });
      }
    } finally {
      await iterator.return?.();
    }
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
