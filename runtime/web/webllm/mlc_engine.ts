// SPDX-License-Identifier: Apache-2.0
// MLCEngine: WebLLM's engine in this thread, with one or several models.
//
//   const engine = await CreateMLCEngine('./pebble/', { initProgressCallback: show });
//   const answer = await engine.chat.completions.create({ messages });
import { createEngine, type LocalEngine } from '../engine.ts';
import { AbortedError, ArgumentError, ModelNotLoadedError, UnclearModelError } from '../errors.ts';
import type { LogitProcessor } from '../openai/model.ts';
import type {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingRequest,
  RequestOptions,
} from '../openai/types.ts';
import {
  type ChatOptions,
  findRecord,
  type MLCEngineConfig,
  prebuiltAppConfig,
  readChatOptions,
} from './config.ts';
import { EngineBase } from './engine_base.ts';
import type { MLCEngineInterface } from './interface.ts';
import { storeKind } from './model_cache.ts';
import { ProgressReporter } from './progress.ts';

export async function CreateMLCEngine(
  modelId: string | string[],
  engineConfig?: MLCEngineConfig,
  chatOpts?: ChatOptions | ChatOptions[],
): Promise<MLCEngine> {
  const engine = new MLCEngine(engineConfig);
  await engine.reload(modelId, chatOpts);
  return engine;
}

interface Named {
  model?: string | null;
}

export class MLCEngine extends EngineBase implements MLCEngineInterface {
  private readonly loaded = new Map<string, LocalEngine>();
  private loading: AbortController | undefined;
  private forwarded: number[] = [];

  constructor(config: MLCEngineConfig = {}) {
    super(config);
  }

  async reload(modelId: string | string[], chatOpts?: ChatOptions | ChatOptions[]): Promise<void> {
    const ids = typeof modelId === 'string' ? [modelId] : modelId;
    const options = Array.isArray(chatOpts) ? chatOpts : ids.map(() => chatOpts);
    if (options.length !== ids.length) {
      throw new ArgumentError(`there are ${ids.length} models, but ${options.length} chat options`);
    }
    if (new Set(ids).size !== ids.length) throw new ArgumentError('a model is named twice');
    await this.unload();
    const loading = (this.loading = new AbortController());
    try {
      for (const [i, id] of ids.entries()) await this.load(id, options[i], loading.signal);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      if (this.loading === loading) this.loading = undefined;
    }
  }

  async unload(): Promise<void> {
    this.loading?.abort(new AbortedError('the engine was unloaded'));
    this.loading = undefined;
    await this.close();
  }

  async interruptGenerate(): Promise<void> {
    for (const engine of this.loaded.values()) await engine.interrupt();
  }

  async resetChat(_keepStats = false, modelId?: string): Promise<void> {
    const engine = this.find(modelId);
    this.forwarded = [];
    engine.logitProcessor?.resetState();
    await engine.forget();
  }

  async getMessage(modelId?: string): Promise<string> {
    return this.find(modelId).chat.completions.latest.text;
  }

  async runtimeStatsText(modelId?: string): Promise<string> {
    const { extra } = this.find(modelId).chat.completions.latest.usage ?? {};
    const rate = (tokens = 0) => `${tokens.toFixed(4)} tokens/sec`;
    return (
      `prefill: ${rate(extra?.prefill_tokens_per_s)}, ` +
      `decoding: ${rate(extra?.decode_tokens_per_s)}`
    );
  }

  async forwardTokensAndSample(
    inputIds: number[],
    _isPrefill: boolean,
    modelId?: string,
  ): Promise<number> {
    this.forwarded.push(...inputIds);
    return this.find(modelId).next(this.forwarded);
  }

  async getMaxStorageBufferBindingSize(): Promise<number> {
    return this.find().device.limits.maxStorageBufferBindingSize;
  }

  async getGPUVendor(): Promise<string> {
    return this.find().device.adapterInfo?.vendor ?? '';
  }

  setLogitProcessorRegistry(registry: Map<string, LogitProcessor> | undefined): void {
    if (registry) this.config.logitProcessorRegistry = registry;
    else delete this.config.logitProcessorRegistry;
    for (const [id, engine] of this.loaded) engine.logitProcessor = registry?.get(id);
  }

  /** Ids of the models that are loaded. */
  get modelIds(): string[] {
    return [...this.loaded.keys()];
  }

  protected answerChat(request: ChatCompletionRequest, options?: RequestOptions): Promise<unknown> {
    return this.named(request, (engine, own) => engine.chat.completions.create(own, options));
  }

  protected complete(request: CompletionRequest, options?: RequestOptions): Promise<unknown> {
    return this.named(request, (engine, own) => engine.completions.create(own, options));
  }

  protected embed(request: EmbeddingRequest): Promise<unknown> {
    return this.named(request, (engine, own) => engine.embeddings.create(own));
  }

  private async load(
    id: string,
    chatOpts: ChatOptions | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { appConfig = prebuiltAppConfig, initProgressCallback } = this.config;
    const { runtimeWasm, grammarWasm, gpu, logitProcessorRegistry } = this.config;
    const { model, overrides } = findRecord(id, appConfig);
    const chosen = readChatOptions({ ...overrides, ...chatOpts });
    const reporter = new ProgressReporter(initProgressCallback);
    const engine = await createEngine(model, {
      signal,
      progress: reporter.report,
      ...chosen,
      cache: storeKind(appConfig),
      ...(runtimeWasm !== undefined && { runtimeWasm }),
      ...(grammarWasm !== undefined && { grammarWasm }),
      ...(gpu && { gpu }),
    });
    engine.logitProcessor = logitProcessorRegistry?.get(id);
    this.loaded.set(id, engine);
    reporter.finish(id);
  }

  private async close(): Promise<void> {
    const engines = [...this.loaded.values()];
    this.loaded.clear();
    this.forwarded = [];
    for (const engine of engines) await engine.close();
  }

  /** Calls with the model that the request names, and the request with its name in any case. */
  private async named<R extends Named, T>(
    request: R,
    call: (engine: LocalEngine, request: R) => Promise<T>,
  ): Promise<T> {
    const engine = this.find(request?.model ?? undefined);
    const [id] = [...this.loaded].find(([, one]) => one === engine)!;
    return call(engine, { ...request, model: id });
  }

  private find(modelId?: string): LocalEngine {
    const ids = this.modelIds.join(', ');
    if (this.loaded.size === 0) {
      throw new ModelNotLoadedError('no model is loaded; call reload with a model first');
    }
    if (modelId === undefined) {
      const [first, second] = this.loaded.values();
      if (!second) return first;
      throw new UnclearModelError(`several models are loaded; say which one: ${ids}`);
    }
    const engine = this.loaded.get(modelId);
    if (engine) return engine;
    throw new ModelNotLoadedError(`model ${modelId} is not loaded; loaded are ${ids}`);
  }
}
