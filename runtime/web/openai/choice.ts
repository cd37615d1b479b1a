// SPDX-License-Identifier: Apache-2.0
// ChoiceRun: one of the `n` answers to a request while it is generated, as pieces of what became
// certain. The task begins with the first piece that is asked for.
import type { AnswerEvent } from '../host/answer_parser.ts';
import type { Tokenizer } from '../host/tokenizer.ts';
import type { Task, TaskOptions } from '../scheduling/task.ts';
import { Answer, type AnswerOptions } from './answer.ts';
import type { makeChooser } from './chooser.ts';
import type { Model } from './model.ts';
import type { ChatCompletionTokenLogprob, TopLogprob } from './types.ts';

export interface Piece {
  events: AnswerEvent[];
  /** Of the id that the piece comes from, where asked for; the end has none. */
  logprob?: ChatCompletionTokenLogprob | undefined;
  finish?: 'stop' | 'length' | 'abort';
}

export interface ChoiceOptions {
  answer: AnswerOptions;
  task: Partial<TaskOptions>;
  chooser: ReturnType<typeof makeChooser>;
  /** Compiling the grammar, in milliseconds. */
  grammarTime?: number;
  logprobs: boolean;
}

export class ChoiceRun implements AsyncIterable<Piece> {
  task: Task | undefined;

  constructor(
    private readonly model: Model,
    readonly options: ChoiceOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void> {
    const { model, options } = this;
    const { answer: about, chooser } = options;
    const answer = new Answer(model, about);
    let reason: Piece['finish'];
    try {
      const task = (this.task = model.start(about.prompt, { ...options.task, chooser }));
      if (task.options.maxTokens <= 0) reason = 'length';
      for await (const { id, finish, logprob, topLogprobs } of task) {
        reason = finish;
        if (finish === 'stop') break; // the end of sequence is no text
        const events = answer.push(id);
        if (answer.isStopped) reason = 'stop';
        const logprobs =
          options.logprobs && logprob !== undefined
            ? describeToken(model.tokenizer(), { token: id, logprob, topLogprobs })
            : undefined;
        yield { events, logprob: logprobs };
        if (reason) break;
      }
      yield { events: answer.end(), finish: reason ?? 'abort' };
    } finally {
      answer.close();
      chooser?.close();
    }
  }
}

interface Chosen {
  token: number;
  logprob: number;
  topLogprobs?: readonly { token: number; logprob: number }[] | undefined;
}

function describeToken(
  tokenizer: Tokenizer,
  { token, logprob, topLogprobs = [] }: Chosen,
): ChatCompletionTokenLogprob {
  const describe = (of: { token: number; logprob: number }): TopLogprob => ({
    token: tokenizer.textOf(of.token),
    // OpenAI's way to say minus infinity, which JSON cannot.
    logprob: Math.max(of.logprob, -9999),
    bytes: Array.from(tokenizer.bytesOf(of.token)),
  });
  return { ...describe({ token, logprob }), top_logprobs: topLogprobs.map(describe) };
}

/** Pieces of all choices as they come, each with its index. */
export async function* inOrderOfComing<T>(
  choices: readonly AsyncIterable<T>[],
): AsyncGenerator<[index: number, piece: T], void> {
  const iterators = choices.map((choice) => choice[Symbol.asyncIterator]());
  const take = async (index: number) => ({ index, result: await iterators[index].next() });
  const coming = new Map(iterators.map((_, index) => [index, take(index)]));
  try {
    while (coming.size > 0) {
      const { index, result } = await Promise.race(coming.values());
      coming.delete(index);
      if (result.done) continue;
      yield [index, result.value];
      coming.set(index, take(index));
    }
  } finally {
    for (const promise of coming.values()) promise.catch(() => {}); // the first failure was thrown
    await Promise.all(iterators.map((iterator) => iterator.return?.(undefined)));
  }
}
