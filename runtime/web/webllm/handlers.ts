// SPDX-License-Identifier: Apache-2.0
// The workers' side of WebLLM's engines: an MLCEngine that answers the requests of pages.
//
//   const handler = new WebWorkerMLCEngineHandler();      // in a dedicated worker
//   self.onmessage = (message) => handler.onmessage(message);
//   new ServiceWorkerMLCEngineHandler();                  // in a service worker
//   chrome.runtime.onConnect.addListener((port) => new ExtensionServiceWorkerMLCEngineHandler(port));
import type {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingRequest,
} from '../openai/types.ts';
import { isOurs, type Request, type Response } from '../worker/messages.ts';
import { type CallContext, type Methods, Server } from '../worker/server.ts';
import type { AppConfig, ChatOptions, MLCEngineConfig } from './config.ts';
import { MLCEngine } from './mlc_engine.ts';

/** What a page wants to be loaded; every request says it, as a browser may have ended the worker. */
export interface Wanted {
  modelId: string[];
  chatOpts: ChatOptions[] | undefined;
  appConfig: AppConfig | undefined;
}

interface MessageLike {
  data: unknown;
}

class EngineHost {
  readonly server: Server;
  private current = '';
  private loading: Promise<void> = Promise.resolve();

  constructor(
    readonly engine: MLCEngine,
    /** Whether a model that is loaded already stays for whoever asks for it next. */
    private readonly isShared: boolean,
  ) {
    const loaded =
      (call: (...args: any[]) => unknown) =>
      async (wanted: Wanted, ...args: any[]) => {
        await this.load(wanted, args.at(-1));
        return call(...args);
      };
    this.server = new Server({
      // Of the requests that wait, those that an earlier life of the worker took with it.
      keepAlive: (ids: string[]) => ids.filter((id) => !this.server.isRunning(id)),
      reload: (wanted: Wanted, context: CallContext) => this.load(wanted, context, !this.isShared),
      unload: () => this.unload(),
      interrupt: () => engine.interruptGenerate(),
      chat: loaded((request: ChatCompletionRequest, context) =>
        engine.chatCompletion(request, context),
      ),
      complete: loaded((request: CompletionRequest, context) =>
        engine.completion(request, context),
      ),
      embed: loaded((request: EmbeddingRequest) => engine.embedding(request)),
      resetChat: loaded((keep: boolean, id?: string) => engine.resetChat(keep, id)),
      getMessage: loaded((id?: string) => engine.getMessage(id)),
      runtimeStatsText: loaded((id?: string) => engine.runtimeStatsText(id)),
      forwardTokensAndSample: loaded((ids: number[], isPrefill: boolean, id?: string) =>
        engine.forwardTokensAndSample(ids, isPrefill, id),
      ),
      getMaxStorageBufferBindingSize: loaded(() => engine.getMaxStorageBufferBindingSize()),
      getGPUVendor: loaded(() => engine.getGPUVendor()),
    } satisfies Methods);
  }

  /** Loads what is wanted, unless it is loaded; one after another. */
  private async load(wanted: Wanted, { signal, progress }: CallContext, anew = false) {
    const before = this.loading;
    this.loading = (async () => {
      await before.catch(() => {});
      const key = JSON.stringify(wanted);
      if (key === this.current && !anew) {
        const text = 'Finish loading: the model is loaded already';
        return progress({ progress: 1, timeElapsed: 0, text, phase: 'ready', bytes: 1, total: 1 });
      }
      this.current = '';
      const stop = () => void this.engine.unload();
      signal.addEventListener('abort', stop);
      try {
        if (wanted.appConfig) this.engine.setAppConfig(wanted.appConfig);
        this.engine.setInitProgressCallback(progress);
        await this.engine.reload(wanted.modelId, wanted.chatOpts);
        this.current = key;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    })();
    return this.loading;
  }

  private async unload(): Promise<void> {
    this.current = '';
    await this.engine.unload();
  }
}

export class WebWorkerMLCEngineHandler {
  readonly engine: MLCEngine;
  private readonly host: EngineHost;
  private post = (response: Response): void =>
    (globalThis as unknown as { postMessage(message: unknown): void }).postMessage(response);

  constructor(config: MLCEngineConfig = {}) {
    this.engine = new MLCEngine(config);
    this.host = new EngineHost(this.engine, false);
  }

  setPostMessage(post: (message: unknown) => void): void {
    this.post = post;
  }

  onmessage(event: MessageLike): void {
    if (isOurs<Request>(event.data)) void this.host.server.handle(event.data, this.post);
  }
}

/** The parts of a service worker's messages that are used. */
interface ServiceWorkerMessage extends MessageLike {
  source: { postMessage(message: unknown): void } | null;
  waitUntil?(promise: Promise<unknown>): void;
}

export class ServiceWorkerMLCEngineHandler {
  readonly engine: MLCEngine;
  private readonly host: EngineHost;

  constructor(config: MLCEngineConfig = {}) {
    this.engine = new MLCEngine(config);
    this.host = new EngineHost(this.engine, true);
    globalThis.addEventListener('message', (event) =>
      this.onmessage(event as unknown as ServiceWorkerMessage),
    );
  }

  onmessage(event: ServiceWorkerMessage): void {
    const { data, source } = event;
    if (!isOurs<Request>(data)) return;
    const done = this.host.server.handle(data, (response) => source?.postMessage(response));
    if (done) event.waitUntil?.(done); // the browser lets the worker live as long
  }
}

/** What a port of chrome.runtime and a MessagePort have in common. */
export interface ExtensionPort {
  postMessage(message: unknown): void;
  onMessage: { addListener(listener: (message: unknown) => void): void };
  onDisconnect: { addListener(listener: () => void): void };
}

export class ExtensionServiceWorkerMLCEngineHandler {
  readonly engine: MLCEngine;
  private readonly host: EngineHost;

  constructor(port: ExtensionPort, config: MLCEngineConfig = {}) {
    this.engine = new MLCEngine(config);
    this.host = new EngineHost(this.engine, true);
    this.setPort(port);
  }

  /** The page has connected anew; what is loaded stays. */
  setPort(port: ExtensionPort): void {
    port.onMessage.addListener((message) => {
      if (!isOurs<Request>(message)) return;
      void this.host.server.handle(message, (response) => port.postMessage(response));
    });
  }
}
