// SPDX-License-Identifier: Apache-2.0
// completions.create: the text that a model writes after a text, without its chat template.
import { RequestError } from '../errors.ts';
import { ChoiceRun, inOrderOfComing, type Piece } from './choice.ts';
import { makeChooser } from './chooser.ts';
import { checkTogether, envelope, mostTokens } from './envelope.ts';
import { readCompletionRequest } from './fields.ts';
import type { Model } from './model.ts';
import { readSampling } from './sampling.ts';
import type {
  ChatCompletionTokenLogprob,
  Completion,
  CompletionLogprobs,
  CompletionRequest,
  CompletionsApi,
  RequestOptions,
} from './types.ts';
import { usageOf } from './usage.ts';

// As OpenAI has it.
const defaultTokens = 16;

type Choice = Completion['choices'][number];

interface Prepared {
  request: CompletionRequest;
  prompts: ArrayLike<number>[];
  runs: ChoiceRun[];
  choices: TextChoice[];
}

export class Completions implements CompletionsApi {
  constructor(private readonly model: Model) {}

  readonly create = this.answer.bind(this) as CompletionsApi['create'];

  private async answer(request: CompletionRequest, options: RequestOptions = {}) {
    const prepared = this.prepare(request, options.signal ?? undefined);
    return prepared.request.stream ? this.stream(prepared) : this.whole(prepared);
  }

  private prepare(given: unknown, signal: AbortSignal | undefined): Prepared {
    const { model } = this;
    const request = readCompletionRequest(given);
    checkTogether(request);
    const { logprobs } = request;
    if (request.echo && logprobs) {
      throw new RequestError('echo with logprobs is not supported: prompts are not scored', 'echo');
    }
    const prompts = this.prompts(request.prompt);
    const top = typeof logprobs === 'number' ? logprobs : (request.top_logprobs ?? 0);
    const asked = logprobs !== undefined && logprobs !== false;
    const sampling = readSampling(request, model, asked ? top : undefined);
    sampling.seed ??= Math.floor(Math.random() * 2 ** 52);
    const otherwise = model.defaults['max_new_tokens'] === undefined ? defaultTokens : undefined;
    const runs = prompts.flatMap((prompt) =>
      Array.from({ length: request.n ?? 1 }, (_, choice) => {
        return new ChoiceRun(model, {
          answer: { prompt, stop: request.stop },
          task: {
            maxTokens: mostTokens(request, model, request.max_tokens ?? otherwise),
            signal,
            ...(request.ignore_eos && { isEnd: () => false }),
          },
          chooser: makeChooser(model, { prompt, sampling, choice }),
          logprobs: asked,
        });
      }),
    );
    const echo = (i: number) => {
      if (!request.echo) return '';
      const one = request.prompt;
      const prompt = Array.isArray(one) && typeof one[0] !== 'number' ? one[i] : one;
      return typeof prompt === 'string' ? prompt : model.tokenizer().decode(prompts[i]);
    };
    const choices = runs.map((_, i) => {
      return new TextChoice(i, logprobs ?? false, echo(Math.floor(i / (request.n ?? 1))));
    });
    return { request, prompts, runs, choices };
  }

  private prompts(prompt: CompletionRequest['prompt']): ArrayLike<number>[] {
    const several = Array.isArray(prompt) && typeof prompt[0] !== 'number';
    const all = (several ? prompt : [prompt]) as (string | number[])[];
    return all.map((one) => {
      const ids = typeof one === 'string' ? this.model.tokenizer().encode(one) : one;
      return this.model.check(ids);
    });
  }

  private async whole({ request, prompts, runs, choices }: Prepared): Promise<Completion> {
    const texts = choices.map(() => '');
    const whole: Choice[] = [];
    for await (const [index, piece] of inOrderOfComing(runs)) {
      const choice = choices[index].add(piece);
      if (choice) texts[index] += choice.text;
      if (choice?.finish_reason) whole[index] = choice;
    }
    return {
      ...envelope('cmpl', this.model.manifest, request.model),
      object: 'text_completion',
      choices: whole.map((last, i) => ({
        ...last,
        text: texts[i],
        logprobs: choices[i].allLogprobs(),
      })),
      usage: usageOf(runs, prompts.length),
    };
  }

  private async *stream({
    request,
    prompts,
    runs,
    choices,
  }: Prepared): AsyncGenerator<Completion, void> {
    const wantsUsage = request.stream_options?.include_usage ?? false;
    const head = {
      ...envelope('cmpl', this.model.manifest, request.model),
      object: 'text_completion' as const,
    };
    for await (const [index, piece] of inOrderOfComing(runs)) {
      const choice = choices[index].add(piece);
      if (choice) yield { ...head, choices: [choice], ...(wantsUsage && { usage: null }) };
    }
    if (wantsUsage) yield { ...head, choices: [], usage: usageOf(runs, prompts.length) };
  }
}

/** One choice as it grows. */
class TextChoice {
  private readonly all: ChatCompletionTokenLogprob[] = [];
  private readonly offsets: number[] = [];
  private length = 0;
  private shown = 0;

  constructor(
    private readonly index: number,
    /** As the request has it. */
    private readonly logprobs: number | boolean,
    private before: string,
  ) {
    this.length = before.length;
  }

  /** What the piece adds; undefined when that is nothing yet. */
  add({ events, logprob, finish }: Piece): Choice | undefined {
    const text = this.before + events.map((event) => event.text).join('');
    this.before = '';
    if (logprob) {
      this.all.push(logprob);
      this.offsets.push(this.length);
      this.length += logprob.token.length;
    }
    if (text === '' && !finish) return undefined;
    const from = this.shown;
    this.shown = this.all.length;
    return {
      index: this.index,
      text,
      logprobs: this.logprobsFrom(from),
      finish_reason: finish ?? null,
    };
  }

  allLogprobs(): CompletionLogprobs | null {
    return this.logprobsFrom(0);
  }

  private logprobsFrom(from: number): CompletionLogprobs | null {
    if (this.logprobs === false) return null;
    const content = this.all.slice(from);
    if (this.logprobs === true) return { content };
    return {
      tokens: content.map(({ token }) => token),
      token_logprobs: content.map(({ logprob }) => logprob),
      top_logprobs: content.map(({ top_logprobs }) =>
        Object.fromEntries(top_logprobs.map(({ token, logprob }) => [token, logprob])),
      ),
      text_offset: this.offsets.slice(from),
    };
  }
}
