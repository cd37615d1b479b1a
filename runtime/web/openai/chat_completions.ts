// SPDX-License-Identifier: Apache-2.0
// chat.completions.create: OpenAI's chat API on the model of this engine.
//
//   const { choices } = await engine.chat.completions.create({ messages });
//   for await (const { choices } of await engine.chat.completions.create({ messages, stream: true }))
import { answerTable } from '../chat/answer_table.ts';
import type { Tool } from '../host/answer_parser.ts';
import { ChatAnswer, MessageBuilder } from './chat_answer.ts';
import { ChoiceRun, inOrderOfComing } from './choice.ts';
import { makeChooser } from './chooser.ts';
import { constraintOf } from './constraint.ts';
import { checkTogether, compileConstraint, envelope, mostTokens } from './envelope.ts';
import { readChatRequest } from './fields.ts';
import type { Model } from './model.ts';
import { calledTools, type ChatPrompt, chatPrompt } from './prompt.ts';
import { readSampling } from './sampling.ts';
import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  ChatCompletionsApi,
  CompletionUsage,
  RequestOptions,
} from './types.ts';
import { usageOf } from './usage.ts';

interface Prepared {
  request: ChatCompletionRequest;
  runs: ChoiceRun[];
  /** Of the ids of tool calls. */
  idLength: number | undefined;
}

export class ChatCompletions implements ChatCompletionsApi {
  /** Of the request that began last: the text of its first choice so far, its usage at the end. */
  latest: { text: string; usage?: CompletionUsage } = { text: '' };

  constructor(private readonly model: Model) {}

  readonly create = this.answer.bind(this) as ChatCompletionsApi['create'];

  private async answer(request: ChatCompletionRequest, options: RequestOptions = {}) {
    const prepared = await this.prepare(request, options.signal ?? undefined);
    return prepared.request.stream ? this.stream(prepared) : this.whole(prepared);
  }

  private async prepare(given: unknown, signal: AbortSignal | undefined): Promise<Prepared> {
    const { model } = this;
    const request = readChatRequest(given);
    checkTogether(request);
    const prompt = chatPrompt(model, request);
    model.check(prompt.ids);
    const tools = calledTools(request);
    const table = needsTable(prompt) ? answerTable(prompt.format) : undefined;
    const start = performance.now();
    const source = constraintOf(request, prompt, table);
    const constraint = source && (await compileConstraint(model, source));
    const top = request.logprobs ? (request.top_logprobs ?? 0) : undefined;
    const sampling = readSampling(request, model, top);
    // Choices differ by their number only, so that the seed of all is one.
    sampling.seed ??= Math.floor(Math.random() * 2 ** 52);
    const run = (choice: number) =>
      new ChoiceRun(model, {
        answer: {
          prompt: prompt.ids,
          table,
          tools: tools as readonly Tool[] | undefined,
          reasoningOpen: prompt.reasoningOpen,
          stop: request.stop,
        },
        task: {
          maxTokens: mostTokens(request, model, request.max_completion_tokens),
          signal,
          // Where a grammar is complete, only the end of sequence may come.
          ...(request.ignore_eos && !constraint && { isEnd: () => false }),
        },
        chooser: makeChooser(model, {
          prompt: prompt.ids,
          sampling,
          choice,
          matcher: constraint?.matcher(),
        }),
        ...(constraint && { grammarTime: performance.now() - start }),
        logprobs: request.logprobs ?? false,
      });
    const runs = Array.from({ length: request.n ?? 1 }, (_, choice) => run(choice));
    return { request, runs, idLength: prompt.format.calls?.[0]?.idLength };
  }

  private async whole({ request, runs, idLength }: Prepared): Promise<ChatCompletion> {
    const messages = runs.map(() => new MessageBuilder());
    for await (const { index, ...delta } of this.deltas(runs, idLength)) {
      messages[index].add(delta);
    }
    return {
      ...envelope('chatcmpl', this.model.manifest, request.model),
      object: 'chat.completion',
      choices: messages.map((message, i) => message.choice(i, request.logprobs ?? false)),
      usage: usageOf(runs),
    };
  }

  private async *stream({
    request,
    runs,
    idLength,
  }: Prepared): AsyncGenerator<ChatCompletionChunk, void> {
    const wantsUsage = request.stream_options?.include_usage ?? false;
    const head = {
      ...envelope('chatcmpl', this.model.manifest, request.model),
      object: 'chat.completion.chunk' as const,
    };
    const chunk = (choices: ChatCompletionChunk['choices']): ChatCompletionChunk => ({
      ...head,
      choices,
      ...(wantsUsage && { usage: null }),
    });
    const delta = { role: 'assistant', content: '' } as const;
    for (const index of runs.keys()) {
      yield chunk([{ index, delta, logprobs: null, finish_reason: null }]);
    }
    for await (const choice of this.deltas(runs, idLength)) yield chunk([choice]);
    if (wantsUsage) yield { ...head, choices: [], usage: usageOf(runs) };
  }

  private async *deltas(runs: ChoiceRun[], idLength: number | undefined) {
    const latest: ChatCompletions['latest'] = (this.latest = { text: '' });
    const answers = runs.map(() => new ChatAnswer(idLength));
    for await (const [index, piece] of inOrderOfComing(runs)) {
      for (const choice of answers[index].deltas(piece)) {
        if (index === 0) latest.text += choice.delta.content ?? '';
        yield { index, ...choice };
      }
    }
    latest.usage = usageOf(runs);
  }
}

/** Whether an answer is more than its text. */
function needsTable({ format, reasoningOpen }: ChatPrompt): boolean {
  return Boolean(format.calls || format.reasoning || format.content || reasoningOpen);
}
