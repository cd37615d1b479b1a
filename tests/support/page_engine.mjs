// SPDX-License-Identifier: Apache-2.0
// PageEngine: an engine that lives in a page of a browser, with the methods that tests of engines use:
//   const engine = await PageEngine.open(page, 'createWorkerEngine', './pebble/');
//   for await (const chunk of await engine.chat.completions.create({ messages, stream: true })) ...
// Chunks come as the page gets them; leaving a loop early and aborting reach the page.
export class PageEngine {
  chat = { completions: { create: (request, options) => this.create('chat', request, options) } };
  completions = { create: (request, options) => this.create('text', request, options) };
  requests = 0;
  streams = new Map();

  static async open(page, create, address) {
    const engine = new PageEngine(page);
    await page.exposeFunction('told', (id, event) => engine.streams.get(id)?.put(event));
    await page.evaluate(serve, [create, address]);
    return engine;
  }

  constructor(page) {
    this.page = page;
  }

  async create(kind, request, { signal } = {}) {
    const id = ++this.requests;
    const events = new Events();
    this.streams.set(id, events);
    const stop = () => this.page.evaluate((id) => globalThis.stop(id), id);
    signal?.addEventListener('abort', stop);
    await this.page.evaluate(
      (all) => globalThis.ask(...all),
      [id, kind, request, Boolean(signal?.aborted)],
    );
    const first = await events.next();
    if (first.value) return first.value;
    return this.chunks(id, events, stop);
  }

  async *chunks(id, events, stop) {
    let ended = false;
    try {
      for (;;) {
        const event = await events.next().catch((error) => {
          ended = true;
          throw error;
        });
        ended = event.end ?? false;
        if (ended) return;
        yield event.chunk;
      }
    } finally {
      this.streams.delete(id);
      if (!ended) await stop();
    }
  }

  tokenize(text) {
    return this.page.evaluate(
      async (text) => Array.from(await globalThis.engine.tokenize(text)),
      text,
    );
  }

  interrupt() {
    return this.page.evaluate(() => globalThis.engine.interrupt());
  }
}

/** Events in the order of coming, whoever is first. */
class Events {
  come = [];
  wake = () => {};

  put(event) {
    this.come.push(event);
    this.wake();
  }

  async next() {
    while (this.come.length === 0) await new Promise((resolve) => (this.wake = resolve));
    const event = this.come.shift();
    if (event.error) throw Object.assign(new Error(event.error.message), event.error);
    return event;
  }
}

// Runs in the page.
async function serve([create, address]) {
  const runtime = await import('./runtime.js');
  const engine = (globalThis.engine = await runtime[create](address));
  const stops = new Map();
  globalThis.stop = (id) => stops.get(id)?.abort();
  globalThis.ask = (id, kind, request, aborted) => {
    const stop = new AbortController();
    stops.set(id, stop);
    if (aborted) stop.abort();
    void (async () => {
      try {
        const api = kind === 'chat' ? engine.chat.completions : engine.completions;
        const value = await api.create(request, { signal: stop.signal });
        if (!request.stream) return globalThis.told(id, { value });
        globalThis.told(id, { stream: true });
        for await (const chunk of value) globalThis.told(id, { chunk });
        globalThis.told(id, { end: true });
      } catch ({ name, message, param }) {
        globalThis.told(id, { error: { name, message, param } });
      } finally {
        stops.delete(id);
      }
    })();
  };
}
