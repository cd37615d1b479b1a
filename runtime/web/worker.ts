// SPDX-License-Identifier: Apache-2.0
// The worker's side: one engine, driven by the messages of messages.ts.
import type { LocalEngine } from './engine.ts';
import { createEngine } from './engine.ts';
import { AbortedError, ClosedError, toWire } from './errors.ts';
import type { Channel, Request, Response } from './messages.ts';

/** Tokens that may still be sent; waits while there are none. */
class Credit {
  private wake = () => {};

  constructor(private left: number) {}

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
    if (signal.aborted) throw new AbortedError('generating was stopped');
    this.left--;
  }
}

interface Running {
  abort: AbortController;
  credit: Credit;
}

export function serve(channel: Channel): void {
  let engine: LocalEngine | undefined;
  const running = new Map<number, Running>();
  const send = (response: Response) => channel.postMessage(response);
  const opened = () => {
    if (!engine) throw new ClosedError('the worker has no engine yet');
    return engine;
  };

  async function load(request: Request & { type: 'load' }, signal: AbortSignal): Promise<void> {
    const { id, address, runtimeWasm } = request;
    engine = await createEngine(address, {
      ...(runtimeWasm !== undefined && { runtimeWasm }),
      signal,
      progress: (progress) => send({ type: 'progress', id, progress }),
    });
    send({ type: 'loaded', id, model: engine.model });
  }

  async function call(request: Request & { type: 'call' }): Promise<void> {
    const method = opened()[request.method] as (...args: unknown[]) => Promise<unknown>;
    const value = await method.apply(engine, request.args);
    send({ type: 'value', id: request.id, value });
  }

  async function generate(
    { id, prompt, options }: Request & { type: 'generate' },
    { abort, credit }: Running,
  ): Promise<void> {
    const generation = opened().generate(prompt, { ...options, signal: abort.signal });
    for await (const token of generation) {
      await credit.take(abort.signal);
      send({ type: 'token', id, token });
    }
    send({ type: 'end', id, result: generation.result });
  }

  async function answer(request: Request): Promise<void> {
    const { id } = request;
    if (request.type === 'credit') return running.get(id)?.credit.add(request.credit);
    if (request.type === 'abort') return running.get(id)?.abort.abort();
    const task = {
      abort: new AbortController(),
      credit: new Credit(request.type === 'generate' ? request.credit : 0),
    };
    running.set(id, task);
    try {
      if (request.type === 'load') await load(request, task.abort.signal);
      else if (request.type === 'call') await call(request);
      else await generate(request, task);
    } catch (error) {
      send({ type: 'error', id, error: toWire(error) });
    } finally {
      running.delete(id);
    }
  }

  channel.addEventListener('message', ({ data }) => void answer(data as Request));
}

serve(globalThis as unknown as Channel);
