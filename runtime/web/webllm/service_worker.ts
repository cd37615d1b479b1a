// SPDX-License-Identifier: Apache-2.0
// WebLLM's engines in service workers, of pages and of Chrome extensions. A browser may end such a
// worker at any time: what was being asked then fails with WorkerLostError, and the next request
// finds its model loaded again.
//
//   const engine = await CreateServiceWorkerMLCEngine('./pebble/');
import { EngineError, WorkerLostError } from '../errors.ts';
import { Connection } from '../worker/connection.ts';
import type { ChatOptions, MLCEngineConfig } from './config.ts';
import type { ExtensionPort } from './handlers.ts';
import { RemoteMLCEngine } from './remote_engine.ts';

const defaultKeepAliveMs = 10_000;

/** Keeps the worker awake, and asks it which requests it knows: others were lost with a former one. */
function keepAlive(connection: Connection, everyMs: number): ReturnType<typeof setInterval> {
  return setInterval(async () => {
    const { waiting } = connection;
    const lost = await connection.call<string[]>('keepAlive', [waiting]).catch(() => []);
    connection.fail(lost, new WorkerLostError('the service worker was ended; ask again'));
  }, everyMs);
}

export class ServiceWorkerMLCEngine extends RemoteMLCEngine {
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    config?: MLCEngineConfig,
    chatOpts?: ChatOptions | ChatOptions[],
    keepAliveMs = defaultKeepAliveMs,
  ) {
    const container = serviceWorkers();
    const connection = new Connection((request) => {
      // The one that controls the page, or, before the first reload of the page, the active one.
      void container.ready.then(({ active }) => {
        (container.controller ?? active)?.postMessage(request);
      });
    });
    super(connection, config, chatOpts);
    container.addEventListener('message', ({ data }) => connection.receive(data));
    container.startMessages();
    this.timer = keepAlive(connection, keepAliveMs);
  }

  /** Ends the connection; the model stays loaded for others. */
  disconnect(): void {
    clearInterval(this.timer);
    this.connection.close();
  }
}

function serviceWorkers(): ServiceWorkerContainer {
  const container = globalThis.navigator?.serviceWorker;
  if (container) return container;
  throw new EngineError(
    'there are no service workers here: they want https: or localhost, and a page',
  );
}

export async function CreateServiceWorkerMLCEngine(
  modelId: string | string[],
  config?: MLCEngineConfig,
  chatOpts?: ChatOptions | ChatOptions[],
  keepAliveMs?: number,
): Promise<ServiceWorkerMLCEngine> {
  const engine = new ServiceWorkerMLCEngine(config, chatOpts, keepAliveMs);
  await engine.reload(modelId);
  return engine;
}

export interface ExtensionMLCEngineConfig extends MLCEngineConfig {
  /** Of an extension that is not this page's own. */
  extensionId?: string;
  onDisconnect?: () => void;
}

interface Chrome {
  runtime: { connect(extensionId: string | undefined, info: { name: string }): ExtensionPort };
}

const portName = 'web_llm_service_worker';

export class ExtensionServiceWorkerMLCEngine extends RemoteMLCEngine {
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(
    config: ExtensionMLCEngineConfig = {},
    chatOpts?: ChatOptions | ChatOptions[],
    keepAliveMs = defaultKeepAliveMs,
  ) {
    const { chrome } = globalThis as unknown as { chrome?: Chrome };
    if (!chrome?.runtime?.connect) throw new EngineError('this is no page of a Chrome extension');
    const port = chrome.runtime.connect(config.extensionId, { name: portName });
    const connection = new Connection((request) => port.postMessage(request));
    super(connection, config, chatOpts);
    port.onMessage.addListener((message) => connection.receive(message));
    port.onDisconnect.addListener(() => {
      clearInterval(this.timer);
      connection.failAll(
        new WorkerLostError('the extension’s service worker was ended; connect again'),
      );
      config.onDisconnect?.();
    });
    this.timer = keepAlive(connection, keepAliveMs);
  }
}

export async function CreateExtensionServiceWorkerMLCEngine(
  modelId: string | string[],
  config?: ExtensionMLCEngineConfig,
  chatOpts?: ChatOptions | ChatOptions[],
  keepAliveMs?: number,
): Promise<ExtensionServiceWorkerMLCEngine> {
  const engine = new ExtensionServiceWorkerMLCEngine(config, chatOpts, keepAliveMs);
  await engine.reload(modelId);
  return engine;
}
