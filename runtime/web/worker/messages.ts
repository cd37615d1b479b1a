// SPDX-License-Identifier: Apache-2.0
// What a page and its worker say to each other. Every request carries an id that its answers repeat.
// Items of a stream flow only as far as the page has granted credit, so that a page that is busy or
// paused does not pile them up.
import type { WireError } from '../errors.ts';

export type Request =
  | { type: 'call'; id: string; method: string; args: unknown[] }
  | { type: 'credit'; id: string; credit: number }
  | { type: 'abort'; id: string };

export type Response =
  | { type: 'progress'; id: string; progress: unknown }
  | { type: 'value'; id: string; value: unknown }
  /** The value is a stream: its items come next, and at its end what it returns. */
  | { type: 'stream'; id: string }
  | { type: 'item'; id: string; item: unknown }
  | { type: 'end'; id: string; value: unknown }
  | { type: 'error'; id: string; error: WireError };

/** What a Worker, a MessagePort and a worker's own scope have in common. */
export interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

const types = ['call', 'credit', 'abort', 'progress', 'value', 'stream', 'item', 'end', 'error'];

/** Whether a message is one of ours; an application may send its own over the same channel. */
export function isOurs<Message extends Request | Response>(data: unknown): data is Message {
  const { type, id } = (data ?? {}) as Partial<Message>;
  return typeof id === 'string' && types.includes(type as string);
}
