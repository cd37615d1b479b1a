// SPDX-License-Identifier: Apache-2.0
// ChatAnswer: from pieces of an answer to the deltas of a streamed choice; MessageBuilder: from these
// to the message of a choice that comes whole.
//
//   { events: [{ kind: 'call', text: 'f' }, { kind: 'arguments', text: '{' }] }
//   -> { tool_calls: [{ index: 0, id: 'call_…', type: 'function', function: { name: 'f', arguments: '' } }] }
//      { tool_calls: [{ index: 0, function: { arguments: '{' } }] }
import type { AnswerEvent } from '../host/answer_parser.ts';
import type { Piece } from './choice.ts';
import { randomText } from './envelope.ts';
import type {
  ChatCompletion,
  ChatCompletionDelta,
  ChatCompletionMessage,
  ChatCompletionTokenLogprob,
  ChatFinishReason,
  Logprobs,
} from './types.ts';

export interface ChoiceDelta {
  delta: ChatCompletionDelta;
  logprobs: Logprobs | null;
  finish_reason: ChatFinishReason | null;
}

export class ChatAnswer {
  private calls = 0;
  /** A call of which nothing was said yet: the model may write its id after the name. */
  private begun: string | undefined;
  /** Of tokens whose text is held back. */
  private logprobs: ChatCompletionTokenLogprob[] = [];

  /** `idLength`: characters of a call's id, where the format has one. */
  constructor(private readonly idLength?: number) {}

  deltas({ events, logprob, finish }: Piece): ChoiceDelta[] {
    if (logprob) this.logprobs.push(logprob);
    const all = joined(events.flatMap((event) => this.delta(event)));
    if (finish && this.begun !== undefined) all.push(...this.callBegins());
    const content = all.find(({ content }) => content !== undefined);
    if (all.length > 0 && !content) this.logprobs = []; // of calls and reasoning
    const choices: ChoiceDelta[] = all.map((delta) => ({
      delta,
      logprobs: delta === content ? this.takeLogprobs() : null,
      finish_reason: null,
    }));
    if (finish) {
      const reason = finish === 'stop' && this.calls > 0 ? 'tool_calls' : finish;
      choices.push({ delta: {}, logprobs: this.takeLogprobs(), finish_reason: reason });
    }
    return choices;
  }

  private delta({ kind, text }: AnswerEvent): ChatCompletionDelta[] {
    if (kind === 'call') {
      const before = this.callBegins();
      this.begun = text;
      return before;
    }
    if (kind === 'id') return this.callBegins(text);
    const before = this.callBegins();
    if (kind === 'content') return [...before, { content: text }];
    if (kind === 'reasoning') return [...before, { reasoning_content: text }];
    if (kind !== 'arguments') return before;
    const index = this.calls - 1;
    return [...before, { tool_calls: [{ index, function: { arguments: text } }] }];
  }

  private callBegins(id?: string): ChatCompletionDelta[] {
    if (this.begun === undefined) return [];
    const name = this.begun;
    this.begun = undefined;
    const own = this.idLength === undefined ? `call_${randomText(24)}` : randomText(this.idLength);
    const call = { type: 'function', function: { name, arguments: '' } } as const;
    return [{ tool_calls: [{ index: this.calls++, id: id ?? own, ...call }] }];
  }

  private takeLogprobs(): Logprobs | null {
    if (this.logprobs.length === 0) return null;
    const content = this.logprobs;
    this.logprobs = [];
    return { content, refusal: null };
  }
}

/** Neighbouring texts of one kind as one delta. */
function joined(deltas: ChatCompletionDelta[]): ChatCompletionDelta[] {
  const result: ChatCompletionDelta[] = [];
  for (const delta of deltas) {
    const last = result.at(-1);
    if (last?.content != null && delta.content != null) last.content += delta.content;
    else if (last?.reasoning_content !== undefined && delta.reasoning_content !== undefined)
      last.reasoning_content += delta.reasoning_content;
    else result.push(delta);
  }
  return result;
}

type Choice = ChatCompletion['choices'][number];

export class MessageBuilder {
  private content = '';
  private readonly message: ChatCompletionMessage = {
    role: 'assistant',
    content: null,
    refusal: null,
  };
  private readonly logprobs: ChatCompletionTokenLogprob[] = [];
  private reason: ChatFinishReason = 'stop';

  add({ delta, logprobs, finish_reason }: ChoiceDelta): void {
    const { message } = this;
    this.content += delta.content ?? '';
    if (delta.reasoning_content !== undefined) {
      message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content;
    }
    for (const { index, id, function: about } of delta.tool_calls ?? []) {
      const calls = (message.tool_calls ??= []);
      calls[index] ??= {
        id: id!,
        type: 'function',
        function: { name: about?.name ?? '', arguments: '' },
      };
      calls[index].function.arguments += about?.arguments ?? '';
    }
    this.logprobs.push(...(logprobs?.content ?? []));
    if (finish_reason) this.reason = finish_reason;
  }

  /** `logprobs`: whether they were asked for. */
  choice(index: number, logprobs: boolean): Choice {
    const { message } = this;
    message.content = this.content === '' && message.tool_calls ? null : this.content;
    return {
      index,
      message,
      logprobs: logprobs ? { content: this.logprobs, refusal: null } : null,
      finish_reason: this.reason,
    };
  }

  get text(): string {
    return this.content;
  }
}
