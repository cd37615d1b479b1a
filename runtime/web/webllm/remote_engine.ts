// SPDX-License-Identifier: Apache-2.0
// The pages' side of WebLLM's engines in workers.
//
//   const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
//   const engine = await CreateWebWorkerMLCEngine(worker, './pebble/');
import { ArgumentError, EngineError, ModelNotLoadedError } from '../errors.ts';
import type {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingRequest,
  RequestOptions,
} from '../openai/types.ts';
import { Connection } from '../worker/connection.ts';
import type { AppConfig, ChatOptions, MLCEngineConfig } from './config.ts';
import { EngineBase } from './engine_base.ts';
import type { Wanted } from './handlers.ts';
import type { MLCEngineInterface } from './interface.ts';

/** An MLCEngine at the other end of a connection. */
export class RemoteMLCEngine extends EngineBase implements MLCEngineInterface {
  private wanted: Wanted | undefined;
  private loading: AbortController | undefined;

  constructor(
    protected readonly connection: Connection,
    config: MLCEngineConfig = {},
    private chatOpts?: ChatOptions | ChatOptions[],
  ) {
    super(config);
    if (config.logitProcessorRegistry) {
      throw new ArgumentError(
        'logit processors cannot cross into a worker; give them to the handler there',
      );
    }
  }

  async reload(
    modelId: string | string[],
    chatOpts: ChatOptions | ChatOptions[] | undefined = this.chatOpts,
  ): Promise<void> {
    const ids = typeof modelId === 'string' ? [modelId] : modelId;
    this.chatOpts = chatOpts;
    this.wanted = {
      modelId: ids.map((id) => (this.isListed(id) ? id : absolute(id))),
      chatOpts: chatOpts && (Array.isArray(chatOpts) ? chatOpts : ids.map(() => chatOpts)),
      appConfig: this.config.appConfig && fromPage(this.config.appConfig),
    };
    const loading = (this.loading = new AbortController());
    const progress = this.config.initProgressCallback;
    await this.connection.call('reload', [this.wanted], { signal: loading.signal, progress });
  }

  async unload(): Promise<void> {
    this.wanted = undefined;
    this.loading?.abort();
    await this.connection.call('unload', []);
  }

  async interruptGenerate(): Promise<void> {
    await this.connection.call('interrupt', []);
  }

  resetChat(keepStats = false, modelId?: string): Promise<void> {
    return this.ask('resetChat', [keepStats, modelId]);
  }

  getMessage(modelId?: string): Promise<string> {
    return this.ask('getMessage', [modelId]);
  }

  runtimeStatsText(modelId?: string): Promise<string> {
    return this.ask('runtimeStatsText', [modelId]);
  }

  forwardTokensAndSample(
    inputIds: number[],
    isPrefill: boolean,
    modelId?: string,
  ): Promise<number> {
    return this.ask('forwardTokensAndSample', [inputIds, isPrefill, modelId]);
  }

  getMaxStorageBufferBindingSize(): Promise<number> {
    return this.ask('getMaxStorageBufferBindingSize', []);
  }

  getGPUVendor(): Promise<string> {
    return this.ask('getGPUVendor', []);
  }

  protected answerChat(request: ChatCompletionRequest, options?: RequestOptions): Promise<unknown> {
    return this.create('chat', request, options);
  }

  protected complete(request: CompletionRequest, options?: RequestOptions): Promise<unknown> {
    return this.create('complete', request, options);
  }

  protected embed(request: EmbeddingRequest): Promise<unknown> {
    return this.ask('embed', [request]);
  }

  private isListed(id: string): boolean {
    return this.config.appConfig?.model_list.some((record) => record.model_id === id) ?? false;
  }

  private ask<T>(method: string, args: unknown[]): Promise<T> {
    return this.connection.call(method, [this.loaded(), ...args]);
  }

  private async create(
    method: string,
    request: ChatCompletionRequest | CompletionRequest,
    { signal }: RequestOptions = {},
  ): Promise<unknown> {
    const args = [this.loaded(), request];
    return request?.stream
      ? this.connection.stream(method, args, { signal })
      : this.connection.call(method, args, { signal });
  }

  private loaded(): Wanted {
    if (this.wanted) return this.wanted;
    throw new ModelNotLoadedError('no model is loaded; call reload with a model first');
  }
}

/** Addresses relative to the page, which the worker does not know. */
function fromPage(config: AppConfig): AppConfig {
  const model_list = config.model_list.map((record) => ({
    ...record,
    model: absolute(record.model),
  }));
  return { ...config, model_list };
}

function absolute(address: string): string {
  return /[/.]/.test(address) ? new URL(address, globalThis.location?.href).href : address;
}

/** A dedicated worker, or what an application puts in its place. */
export interface ChatWorker {
  onmessage: unknown;
  postMessage(message: unknown): void;
}

export class WebWorkerMLCEngine extends RemoteMLCEngine {
  constructor(
    worker: ChatWorker,
    config?: MLCEngineConfig,
    chatOpts?: ChatOptions | ChatOptions[],
  ) {
    const connection = new Connection((request) => worker.postMessage(request));
    super(connection, config, chatOpts);
    if (worker instanceof EventTarget) {
      worker.addEventListener('message', (event) =>
        connection.receive((event as MessageEvent).data),
      );
      worker.addEventListener('error', (event) => {
        const reason = (event as ErrorEvent).message || 'its script cannot be loaded';
        connection.failAll(new EngineError(`the worker failed: ${reason}`));
      });
    } else {
      worker.onmessage = (event: { data: unknown }) => connection.receive(event.data);
    }
  }
}

export async function CreateWebWorkerMLCEngine(
  worker: ChatWorker,
  modelId: string | string[],
  config?: MLCEngineConfig,
  chatOpts?: ChatOptions | ChatOptions[],
): Promise<WebWorkerMLCEngine> {
  const engine = new WebWorkerMLCEngine(worker, config, chatOpts);
  await engine.reload(modelId);
  return engine;
}
