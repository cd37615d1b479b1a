// SPDX-License-Identifier: Apache-2.0
// Scheduler: several tasks at once on one model. Each step computes one row of every task that
// decodes, and fills up with rows of prompts in the order in which they came (continuous batching):
//
//   step 1   [A A A A A]          prompt of A
//   step 2   [A B B B]            A decodes, prompt of B
//   step 3   [A B]                both decode
//   step 4   [A B]                submitted before step 3 was read: its ids are on the GPU
//
// While the same tasks decode and the GPU takes the ids, steps run ahead of what was read; what is
// computed for a task beyond its end is dropped. Where logits are wanted on the processor, a grammar
// must see each id, a window slides, or who takes part has changed, the results of the step before are
// awaited. A row's result does not depend on its batch. Ids that a grammar forces are computed together,
// as those of a prompt are.
import { BusyError, OutOfMemoryError } from '../errors.ts';
import { type Choice, mostLikelySettings, promptTokensAt } from '../gpu/draw_layout.ts';
import type { Draw, StepQueue, StepRequest, StepResult } from '../gpu/step_queue.ts';
import { type HostSequences, NoFreePageError } from '../host/host_sequences.ts';
import { SequenceCache } from './sequence_cache.ts';
import type { Drawer, Task } from './task.ts';

const maxWaiting = 1024;
// Steps of prompts that are submitted ahead: enough to keep the GPU busy.
const maxPromptSteps = 2;

interface Part {
  task: Task;
  /** Rows from this position on: where the task has come to, or in a sink that is computed anew. */
  from: number;
  rows: number;
  output: boolean;
}

interface Step {
  parts: Part[];
  output: StepRequest['output'];
  draw?: Draw | undefined;
}

export class Scheduler {
  private readonly cache: SequenceCache;
  private readonly waiting: Task[] = [];
  private running: Task[] = [];
  private readonly inFlight: Step[] = [];
  private isBusy = false;
  private wake = () => {};

  constructor(
    private readonly queue: StepQueue,
    host: HostSequences,
    private readonly maxRows: number,
    private readonly check: () => void,
  ) {
    this.cache = new SequenceCache(host);
  }

  add(task: Task): void {
    if (task.state === 'ended') return;
    if (this.waiting.length >= maxWaiting) {
      throw new BusyError(`${maxWaiting} requests wait for this model; send fewer at a time`);
    }
    task.changed = () => this.wake();
    this.waiting.push(task);
    this.wake();
    if (!this.isBusy) void this.run();
  }

  /** Ends all tasks with this error. */
  failAll(error: unknown): void {
    for (const task of [...this.waiting, ...this.running]) task.fail(error);
  }

  /** Forgets the prompts of tasks that have ended. */
  forget(): void {
    this.settle();
    this.cache.clear();
  }

  private async run(): Promise<void> {
    this.isBusy = true;
    while (this.waiting.length + this.running.length > 0) {
      try {
        this.check();
        this.settle();
        this.admit();
        await this.advance();
      } catch (error) {
        await this.queue.drain();
        this.inFlight.length = 0;
        this.failAll(error);
        for (const task of this.running) task.cached = task.inFlight = 0; // what it holds is not known
        this.settle();
      }
    }
    this.isBusy = false;
  }

  /** One step is submitted or one read; or there is nothing to do until something changes. */
  private async advance(): Promise<void> {
    const last = this.inFlight.at(-1);
    const outputs = this.inFlight.some(({ output }) => output !== 'nothing');
    if (last && outputs) {
      if (this.goesOn(last)) return this.submit(this.stepOf(last.parts.map(next)));
      return this.read();
    }
    const step = this.compose();
    const ahead = Math.min(maxPromptSteps, this.queue.depth);
    if (step && this.inFlight.length < ahead) return this.submitOrMakeRoom(step);
    if (last) return this.read();
    if (this.waiting.length + this.running.length === 0) return;
    const woken = new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    // What changed before the promise was made has been seen: nothing was awaited since.
    await woken;
  }

  /** Whether the step may be repeated with the ids that it samples, before they are known. */
  private goesOn(last: Step): boolean {
    return (
      this.queue.length < this.queue.depth &&
      last.output === 'ids' &&
      !last.draw?.isLate &&
      last.parts.every(({ task, output }) => output && task.room > 0) &&
      last.parts.every(({ task }) => this.cache.hasRoom(task.sequence!)) &&
      // Whoever waits now could not be given a sequence.
      this.running.every((task) => task.room <= 0 || last.parts.some((part) => part.task === task))
    );
  }

  /** The next step of all tasks whose ids are known. */
  private compose(): Step | undefined {
    const parts: Part[] = [];
    let rows = this.maxRows;
    const decoding = (task: Task) => task.cached + 1 === task.ids.length;
    const inOrder = [
      ...this.running.filter(decoding),
      ...this.running.filter((task) => !decoding(task)),
    ];
    for (const task of inOrder) {
      const part = this.part(task, rows);
      if (!part) continue;
      parts.push(part);
      rows -= part.rows;
    }
    return parts.length === 0 ? undefined : this.stepOf(parts);
  }

  /** The next rows of a task, at most so many; undefined when it has none to compute now. */
  private part(task: Task, most: number): Part | undefined {
    const left = task.ids.length - task.cached;
    if (most === 0 || left === 0 || (left === 1 && task.room <= 0)) return undefined;
    const { next: from, limit } = this.cache.nextRows(task.sequence!);
    const rows = Math.min(limit - from, task.ids.length - from, task.options.chunk, most);
    const output = from + rows === task.ids.length;
    return output && task.room <= 0 ? undefined : { task, from, rows, output };
  }

  private stepOf(parts: Part[]): Step {
    const wanted = parts.filter(({ output }) => output).map(({ task }) => task);
    if (wanted.length === 0) return { parts, output: 'nothing' };
    const output = wanted.some(({ chooser }) => chooser) ? 'logits' : 'ids';
    const drawers = wanted.flatMap(({ drawer }) => drawer ?? []);
    if (drawers.length === 0) return { parts, output };
    const draw: Draw = {
      searches: Math.max(...drawers.map(({ searches }) => searches)),
      hasLogprobs: drawers.some(({ hasLogprobs }) => hasLogprobs),
      isLate: drawers.some(({ isConstrained }) => isConstrained),
      prepare: (write) => wanted.forEach((task) => this.prepareDraw(task, write)),
    };
    return { parts, output, draw };
  }

  private prepareDraw(task: Task, write: Parameters<Draw['prepare']>[0]): void {
    if (task.state !== 'running') return;
    const { handle } = task.sequence!;
    const output = task.generated + task.inFlight;
    try {
      const drawer = task.drawer ?? mostLikelyDrawer;
      drawer.prepare(output, (at, words) => write(handle, at, words));
      // Kernels know the number of the output by its row's place in the window.
      const dropped = this.cache.dropped(task.sequence!);
      if (dropped !== (output === 0 ? 0 : task.dropped)) {
        write(handle, promptTokensAt, Uint32Array.of(task.promptLength - dropped));
      }
      task.dropped = dropped;
    } catch (error) {
      task.fail(error);
    }
  }

  private async submitOrMakeRoom(step: Step): Promise<void> {
    const ids = Uint32Array.from(
      step.parts.flatMap(({ task, from, rows }) => task.ids.slice(from, from + rows)),
    );
    try {
      await this.submit(step, ids);
    } catch (error) {
      this.check();
      if (this.inFlight.length > 0) return this.read(); // pages may become free
      const isFull = error instanceof NoFreePageError || error instanceof OutOfMemoryError;
      if (isFull && this.cache.evict()) return;
      step.parts.at(-1)!.task.fail(error);
    }
  }

  private async submit(step: Step, ids?: Uint32Array<ArrayBuffer>): Promise<void> {
    const parts = step.parts.map(({ task, rows, output }) => ({
      sequence: task.sequence!.handle,
      rows,
      output,
    }));
    try {
      await this.queue.submit({ parts, ids, output: step.output, draw: step.draw });
    } catch (error) {
      const going = step.parts.filter(({ task }) => !isEnded(task));
      for (const { task } of going) this.cache.rewind(task.sequence!, task.cached);
      throw error;
    }
    this.inFlight.push(step);
    for (const { task, from, rows, output } of step.parts) {
      task.cached = Math.max(task.cached, from + rows);
      if (output) task.inFlight++;
      if (output && task.state === 'running') this.prepare(task);
    }
  }

  private prepare(task: Task): void {
    try {
      task.chooser?.prepare?.();
    } catch (error) {
      task.fail(error);
    }
  }

  private async read(): Promise<void> {
    const { parts } = this.inFlight[0];
    const result = await this.queue.next();
    this.inFlight.shift();
    parts
      .filter(({ output }) => output)
      .forEach(({ task }, i) => {
        task.inFlight--;
        if (task.state === 'running') this.give(task, result, i);
      });
  }

  private give(task: Task, { choices, logits }: StepResult, output: number): void {
    try {
      task.receive(choose(task, choices?.[output], logits?.[output]));
      if (task.state !== 'running') return;
      const forced = task.options.chooser?.forced?.() ?? [];
      for (const id of Array.from(forced)) task.receive({ id });
    } catch (error) {
      task.fail(error);
    }
  }

  /** Gives sequences to tasks that wait, as long as there are any. */
  private admit(): void {
    while (this.waiting.length > 0 && this.running.length < this.queue.maxOutputs) {
      const [task] = this.waiting;
      const { reusePrefix = true } = task.options;
      // Of several answers to one question the others wait until the first has computed it.
      const sequence = this.cache.take(task.ids, reusePrefix, this.running);
      if (!sequence) return;
      this.waiting.shift();
      task.sequence = sequence;
      task.cached = task.reused = sequence.ids.length;
      task.state = 'running';
      this.running.push(task);
    }
  }

  /**
   * Takes the sequences of ended tasks back. Steps that were computed ahead for them may still be
   * in flight: whoever writes to the same places next comes after them on the GPU.
   */
  private settle(): void {
    for (const task of this.running.filter(isEnded)) {
      const sequence = task.sequence!;
      sequence.ids = task.ids.slice(0, Math.min(task.cached, task.ids.length));
      this.cache.release(sequence);
    }
    this.running = this.running.filter((task) => !isEnded(task));
    const alive = this.waiting.filter((task) => !isEnded(task));
    this.waiting.splice(0, this.waiting.length, ...alive);
  }
}

const isEnded = (task: Task) => task.state === 'ended';

function choose({ chooser, drawer }: Task, taken?: Choice, logits?: Float32Array): Choice {
  if (chooser) return chooser.choose(logits!);
  if (!taken) return { id: mostLikely(logits!) };
  return drawer ? drawer.accept(taken) : { id: taken.id };
}

/** For tasks that take the most likely id, in steps where others draw. */
const mostLikelyDrawer: Pick<Drawer, 'prepare'> = {
  prepare: (_, write) => write(0, mostLikelySettings()),
};

const next = ({ task }: Part): Part => ({ task, from: task.cached, rows: 1, output: true });

/** As the GPU takes it: of equal ones that of lowest id. */
function mostLikely(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
}
