// SPDX-License-Identifier: Apache-2.0
// The engine in this thread: a loaded bundle, and the tasks that use it.
import type {
  Engine,
  EngineOptions,
  GenerateOptions,
  GenerateResult,
  Generation,
  MemoryUse,
  ModelInfo,
  Prompt,
  Token,
} from './api.ts';
import {
  AbortedError,
  ArgumentError,
  ClosedError,
  ContextOverflowError,
  throwIfAborted,
} from './errors.ts';
import { StepQueue } from './gpu/step_queue.ts';
import { Grammars } from './host/grammar.ts';
import type { Host } from './host/host.ts';
import { noText, type Tokenizer } from './host/tokenizer.ts';
import { loadBundle, type LoadedBundle } from './load/bundle.ts';
import type { Manifest } from './load/manifest.ts';
import { ChatCompletions } from './openai/chat_completions.ts';
import { makeChooser } from './openai/chooser.ts';
import { Completions } from './openai/completions.ts';
import { Embeddings } from './openai/embeddings.ts';
import type { LogitProcessor, Model } from './openai/model.ts';
import { readSampling } from './openai/sampling.ts';
import type { Profile } from './profile/profile.ts';
import type { Recorder } from './profile/recorder.ts';
import { Scheduler } from './scheduling/scheduler.ts';
import { type Chooser, Task, type TaskOptions } from './scheduling/task.ts';

/** Loads the bundle at `address`: a folder or its model.json, relative to the page. */
export async function createEngine(
  address: string | URL,
  options: EngineOptions = {},
): Promise<LocalEngine> {
  const bundle = await loadBundle(address, options);
  try {
    const recorder = options.profile ? await record(bundle) : undefined;
    throwIfAborted(options.signal, 'loading');
    return new LocalEngine(bundle, options, recorder);
  } catch (error) {
    bundle.executor.close();
    throw error;
  }
}

async function record({ executor, manifest }: LoadedBundle): Promise<Recorder> {
  const { Recorder } = await loadProfiler();
  const recorder = new Recorder(executor, manifest);
  executor.recorder = recorder;
  return recorder;
}

/** A file of its own: for bundlers an asset, as modules are, since some cannot split workers. */
function loadProfiler(): Promise<typeof import('./profiler.ts')> {
  return import(new URL('./profiler.js', import.meta.url).href);
}

export class LocalEngine implements Engine, Model {
  readonly model: ModelInfo;
  readonly chat: { completions: ChatCompletions };
  readonly completions: Completions;
  readonly embeddings: Embeddings;
  readonly defaults: Readonly<Record<string, unknown>>;
  logitProcessor: LogitProcessor | undefined;
  private readonly queue: StepQueue;
  private readonly scheduler: Scheduler;
  private readonly tasks = new Set<Task>();
  private loadedGrammars: Promise<Grammars> | undefined;
  private closed = false;

  constructor(
    private readonly bundle: LoadedBundle,
    private readonly options: Pick<EngineOptions, 'grammarWasm' | 'defaults' | 'context'> = {},
    private readonly recorder?: Recorder,
  ) {
    const { manifest, executor, sequences } = bundle;
    const { program } = executor.plan;
    this.model = {
      ...describe(manifest, options.context),
      slidingWindow: sequences.window,
      kernelVariants: executor.kernels.report,
    };
    this.queue = new StepQueue(executor, sequences, manifest.vocabulary);
    this.defaults = { ...manifest.generation, ...options.defaults };
    const { maxRows } = program.capacities;
    this.scheduler = new Scheduler(this.queue, sequences, maxRows, () => this.checkOpen());
    this.chat = { completions: new ChatCompletions(this) };
    this.completions = new Completions(this);
    this.embeddings = new Embeddings(this);
  }

  get manifest(): Manifest {
    return this.bundle.manifest;
  }

  get host(): Host {
    return this.bundle.host;
  }

  get canDraw(): boolean {
    return this.queue.canDraw;
  }

  get device(): GPUDevice {
    return this.bundle.executor.device.gpu;
  }

  generate(prompt: Prompt, options: GenerateOptions = {}): Generation {
    const generation = {
      result: undefined as GenerateResult | undefined,
      [Symbol.asyncIterator]: () =>
        this.run(prompt, options, (result) => {
          generation.result = result;
        }),
    };
    return generation;
  }

  async tokenize(text: string): Promise<Uint32Array> {
    this.checkOpen();
    return this.tokenizer().encode(text);
  }

  async detokenize(ids: ArrayLike<number>): Promise<string> {
    this.checkOpen();
    return this.tokenizer().decode(ids);
  }

  async logits(ids: ArrayLike<number>, options: { chunk?: number } = {}): Promise<Float32Array> {
    let logits = new Float32Array();
    const chooser: Chooser = {
      choose(row) {
        logits = row.slice();
        return { id: 0 };
      },
    };
    const task = this.start(ids, { ...options, maxTokens: 1, chooser, reusePrefix: false });
    for await (const _ of task);
    return logits;
  }

  async memory(): Promise<MemoryUse> {
    const { manifest, executor } = this.bundle;
    return { predicted: manifest.memory, allocatedBytes: executor.buffers.allocatedBytes };
  }

  async profile(): Promise<Profile> {
    if (this.recorder) return this.recorder.take();
    throw new ArgumentError('nothing was timed; create the engine with `profile: true`');
  }

  /** Frees the GPU's memory. What is being generated ends with ClosedError. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const task of [...this.tasks]) task.fail(closedError());
    this.queue.destroy();
    this.bundle.executor.close();
  }

  async interrupt(): Promise<void> {
    for (const task of [...this.tasks]) task.interrupt();
  }

  async forget(): Promise<void> {
    this.scheduler.forget();
  }

  start(prompt: Prompt, options: Partial<TaskOptions> = {}): Task {
    throwIfAborted(options.signal, 'generating');
    this.checkOpen();
    const ids = this.check(typeof prompt === 'string' ? this.tokenizer().encode(prompt) : prompt);
    const ends = new Set(this.model.eosTokenIds);
    const task = new Task({
      isEnd: (id) => ends.has(id),
      window: this.queue.depth,
      ...options,
      chunk: this.chunk(options.chunk),
      prompt: ids,
      maxTokens: Math.min(options.maxTokens ?? Infinity, this.room(ids.length)),
      done: () => {
        this.tasks.delete(task);
        options.done?.();
      },
    });
    if (task.state === 'ended') return task; // no id is wanted
    this.scheduler.add(task);
    this.tasks.add(task);
    return task;
  }

  check(prompt: ArrayLike<number>): ArrayLike<number> {
    const { bosTokenIds, context, slidingWindow, vocabulary } = this.model;
    const ids = prompt.length === 0 ? bosTokenIds.slice(0, 1) : prompt;
    if (ids.length === 0) throw new ArgumentError('the prompt is empty, and the model has no BOS');
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (!Number.isInteger(id) || id < 0 || id >= vocabulary) {
        throw new ArgumentError(`the prompt has id ${id} at ${i}, wanted 0 to ${vocabulary - 1}`);
      }
    }
    if (ids.length > context && !slidingWindow) {
      throw new ContextOverflowError(
        `${ids.length} tokens are more than the context of ${context}; shorten the prompt, give the ` +
          'engine a slidingWindow, or compile the model with a larger --context',
      );
    }
    return ids;
  }

  tokenizer(): Tokenizer {
    const { tokenizer } = this.bundle;
    if (tokenizer) return tokenizer;
    throw new ArgumentError('this bundle has no tokenizer; give token ids instead of text');
  }

  /** grammar.wasm with the model's vocabulary, fetched when it is first asked for. */
  grammars(): Promise<Grammars> {
    const load = () =>
      Grammars.load(this.options.grammarWasm, this.tokenizer().file(), this.model.eosTokenIds);
    const loading = (this.loadedGrammars ??= load());
    loading.catch(() => {
      this.loadedGrammars = undefined; // the next request tries again
    });
    return loading;
  }

  /** The id after these, by the defaults of requests. */
  async next(prompt: readonly number[]): Promise<number> {
    const chooser = makeChooser(this, {
      prompt,
      sampling: readSampling({}, this, undefined),
      choice: 0,
    });
    try {
      const task = this.start(prompt, { maxTokens: 1, chooser });
      for await (const { id } of task) return id;
      throw new AbortedError('generating was interrupted');
    } finally {
      chooser?.close();
    }
  }

  checkOpen(): void {
    if (this.closed) throw closedError();
    this.bundle.executor.device.check();
  }

  private async *run(
    prompt: Prompt,
    options: GenerateOptions,
    finished: (result: GenerateResult) => void,
  ): AsyncGenerator<Token, void> {
    const { maxTokens = Infinity, ignoreEos = false, signal, chunk, reusePrefix } = options;
    if (!(maxTokens >= 0)) throw new ArgumentError(`maxTokens is ${maxTokens}, wanted 0 or more`);
    const task = this.start(prompt, {
      signal,
      ...(chunk !== undefined && { chunk }),
      ...(reusePrefix !== undefined && { reusePrefix }),
      ...(ignoreEos && { isEnd: () => false }),
      maxTokens,
    });
    const text = this.bundle.tokenizer?.stream(task.options.prompt) ?? noText;
    try {
      for await (const { id, finish } of task) {
        const piece = text.push(id) + (finish ? text.flush() : '');
        if (finish) finished(resultOf(task, finish));
        yield { id, text: piece };
      }
      if (maxTokens === 0) finished(resultOf(task, 'length'));
    } finally {
      text.close();
    }
  }

  /** Ids that there can be after a prompt. */
  private room(prompt: number): number {
    const { context, slidingWindow } = this.model;
    // The last id needs no place in the context: nothing is computed from it.
    return slidingWindow ? Infinity : context - prompt + 1;
  }

  private chunk(rows: number | undefined): number {
    const most = this.bundle.executor.plan.program.capacities.maxRows;
    if (rows === undefined) return most;
    if (!Number.isInteger(rows) || rows < 1)
      throw new ArgumentError(`chunk is ${rows}, wanted 1 or more`);
    return Math.min(rows, most);
  }
}

const closedError = () => new ClosedError('the engine is closed; create another');

function resultOf(task: Task, finishReason: GenerateResult['finishReason']): GenerateResult {
  return {
    finishReason,
    promptTokens: task.promptLength,
    reusedTokens: task.reused,
    generatedTokens: task.generated,
    prefillSeconds: (task.firstAt - task.created) / 1000,
    decodeSeconds: (task.lastAt - task.firstAt) / 1000,
  };
}

function describe(
  manifest: Manifest,
  context = manifest.context,
): Omit<ModelInfo, 'kernelVariants' | 'slidingWindow'> {
  if (!Number.isInteger(context) || context < 1 || context > manifest.context) {
    throw new ArgumentError(
      `context is ${context}, wanted a whole number up to ${manifest.context}, which this model is ` +
        'compiled for; compile it with a larger --context',
    );
  }
  const { model, quantization, vocabulary, bosTokenIds, eosTokenIds, tokenizer } = manifest;
  return {
    ...model,
    quantization,
    context,
    vocabulary,
    bosTokenIds,
    eosTokenIds,
    hasTokenizer: tokenizer !== undefined,
  };
}
