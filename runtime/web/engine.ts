// SPDX-License-Identifier: Apache-2.0
// The engine in this thread: a loaded bundle, and one task at a time that uses it.
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
import { loadBundle, type LoadedBundle } from './bundle.ts';
import { ArgumentError, ClosedError } from './errors.ts';
import { HostSequences } from './host_sequences.ts';
import { Lock } from './lock.ts';
import { readLogits } from './logits.ts';
import type { Manifest } from './manifest.ts';
import { Sequence } from './sequence.ts';
import { StepQueue } from './step_queue.ts';
import { noText, type Tokenizer } from './tokenizer.ts';

/** Loads the bundle at `address`: a folder or its model.json, relative to the page. */
export async function createEngine(
  address: string | URL,
  options: EngineOptions = {},
): Promise<LocalEngine> {
  const bundle = await loadBundle(address, options);
  try {
    return new LocalEngine(bundle);
  } catch (error) {
    bundle.executor.device.close();
    throw error;
  }
}

export class LocalEngine implements Engine {
  readonly model: ModelInfo;
  private readonly sequences: HostSequences;
  private readonly queue: StepQueue;
  private readonly lock = new Lock();
  private closed = false;

  constructor(private readonly bundle: LoadedBundle) {
    const { manifest, host, executor } = bundle;
    this.model = describe(manifest);
    this.sequences = new HostSequences(host, executor.plan.program, executor.buffers.maxPages);
    this.queue = new StepQueue(executor, this.sequences);
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
    const rows = this.chunk(options.chunk);
    const prompt = this.promptIds(ids);
    return this.exclusively(async () => {
      const sequence = this.openSequence();
      try {
        await sequence.prefill(prompt, rows, 'head');
        await this.queue.next();
        return await readLogits(this.bundle.executor, this.model.vocabulary);
      } finally {
        await this.queue.drain();
        sequence.close();
      }
    });
  }

  async memory(): Promise<MemoryUse> {
    const { manifest, executor } = this.bundle;
    return { predicted: manifest.memory, allocatedBytes: executor.buffers.allocatedBytes };
  }

  /** Frees the GPU's memory. A generation that is under way ends with ClosedError. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.queue.destroy();
    this.bundle.executor.buffers.destroy();
    this.bundle.executor.device.close();
  }

  private async *run(
    prompt: Prompt,
    options: GenerateOptions,
    finished: (result: GenerateResult) => void,
  ): AsyncGenerator<Token, void> {
    const { maxTokens = Infinity, ignoreEos = false, signal } = options;
    if (!(maxTokens >= 0)) throw new ArgumentError(`maxTokens is ${maxTokens}, wanted 0 or more`);
    const chunk = this.chunk(options.chunk);
    const ids = this.promptIds(prompt);
    const ends = new Set(ignoreEos ? [] : this.model.eosTokenIds);
    const isEnd = (id: number) => ends.has(id);

    const release = await this.lock.acquire();
    const text = this.bundle.tokenizer?.stream(ids) ?? noText;
    const clock = new Clock(ids.length);
    try {
      const sequence = this.openSequence();
      try {
        const decoding = { maxTokens, isEnd, chunk, signal };
        for await (const { id, finish } of sequence.decode(ids, decoding)) {
          this.checkOpen();
          clock.tick();
          const piece = text.push(id) + (finish ? text.flush() : '');
          if (finish) finished(clock.result(finish));
          yield { id, text: piece };
        }
        if (maxTokens === 0) finished(clock.result('length'));
      } finally {
        sequence.close();
      }
    } catch (error) {
      this.checkOpen();
      throw error;
    } finally {
      text.close();
      release();
    }
  }

  private async exclusively<T>(task: () => Promise<T>): Promise<T> {
    const release = await this.lock.acquire();
    try {
      return await task();
    } catch (error) {
      this.checkOpen();
      throw error;
    } finally {
      release();
    }
  }

  private openSequence(): Sequence {
    this.checkOpen();
    return new Sequence(this.queue, this.sequences, this.model.context);
  }

  private promptIds(prompt: Prompt): ArrayLike<number> {
    this.checkOpen();
    if (typeof prompt === 'string') prompt = this.tokenizer().encode(prompt);
    if (prompt.length === 0) prompt = this.model.bosTokenIds.slice(0, 1);
    if (prompt.length === 0)
      throw new ArgumentError('the prompt is empty, and the model has no BOS');
    for (let i = 0; i < prompt.length; i++) {
      const id = prompt[i];
      if (!Number.isInteger(id) || id < 0 || id >= this.model.vocabulary) {
        throw new ArgumentError(
          `the prompt has id ${id} at ${i}, wanted 0 to ${this.model.vocabulary - 1}`,
        );
      }
    }
    return prompt;
  }

  private chunk(rows: number | undefined): number {
    const most = this.bundle.executor.plan.program.capacities.maxRows;
    if (rows === undefined) return most;
    if (!Number.isInteger(rows) || rows < 1)
      throw new ArgumentError(`chunk is ${rows}, wanted 1 or more`);
    return Math.min(rows, most);
  }

  private tokenizer(): Tokenizer {
    const { tokenizer } = this.bundle;
    if (tokenizer) return tokenizer;
    throw new ArgumentError('this bundle has no tokenizer; give token ids instead of text');
  }

  private checkOpen(): void {
    if (this.closed) throw new ClosedError('the engine is closed; create another');
    this.bundle.executor.device.check();
  }
}

/** Times a generation: prefill ends with the first token. */
class Clock {
  private readonly start = performance.now();
  private first = this.start;
  private last = this.start;
  private tokens = 0;

  constructor(private readonly promptTokens: number) {}

  tick(): void {
    this.last = performance.now();
    if (this.tokens++ === 0) this.first = this.last;
  }

  result(finishReason: GenerateResult['finishReason']): GenerateResult {
    const { promptTokens, tokens: generatedTokens } = this;
    const prefillSeconds = (this.first - this.start) / 1000;
    const decodeSeconds = (this.last - this.first) / 1000;
    return { finishReason, promptTokens, generatedTokens, prefillSeconds, decodeSeconds };
  }
}

function describe(manifest: Manifest): ModelInfo {
  const { model, quantization, context, vocabulary, bosTokenIds, eosTokenIds, tokenizer } =
    manifest;
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
