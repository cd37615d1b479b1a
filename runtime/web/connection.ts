// SPDX-License-Identifier: Apache-2.0
// Connection: requests to a worker and whoever waits for the answers.
//
//   const text = await connection.call('detokenize', [1, 6324]);
import type { LoadOptions, ModelInfo } from './api.ts';
import { ClosedError, EngineError, fromWire, toWire } from './errors.ts';
import type { Calls, Method, Request, Response } from './messages.ts';

type Listener = (response: Response) => void;

export class Connection {
  private readonly listeners = new Map<number, Listener>();
  private requests = 0;
  private closed = false;

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
    if (this.closed) throw closedError();
    this.worker.postMessage(request);
  }

  async load(address: string, options: LoadOptions): Promise<ModelInfo> {
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

  get isClosed(): boolean {
    return this.closed;
  }

  close(): void {
    this.closed = true;
    this.worker.terminate();
    this.failAll(closedError());
  }
}

const closedError = () => new ClosedError('the engine is closed; create another');

export const unexpected = (response: Response) =>
  new EngineError(`the worker answered ${response.type}; runtime.js and worker.js do not match`);
