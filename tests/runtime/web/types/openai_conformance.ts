// SPDX-License-Identifier: Apache-2.0
// The types of the official npm package `openai` against ours: our requests are OpenAI's where only
// OpenAI's fields are used, our responses can be used wherever OpenAI's are.
import type OpenAI from 'openai';
import type * as ours from '../../../../runtime/web/index.ts';

type Assignable<From, To> = [From] extends [To] ? true : false;
const holds = <_T extends true>() => {};

type Theirs = OpenAI.Chat.Completions.ChatCompletionCreateParams;

/** Their fields that we have. */
type Shared = Exclude<keyof ours.ChatCompletionRequest & keyof Theirs, 'reasoning_effort'>;
// Values that only we know, such as response_format grammar, are left out.
type OpenAIFormat = Exclude<
  ours.ResponseFormat,
  { type: 'grammar' | 'structural_tag' } | { schema?: unknown; type: 'json_object' }
>;
type OurRequest = Omit<Pick<ours.ChatCompletionRequest, Shared>, 'response_format' | 'model'> & {
  response_format?: OpenAIFormat;
  model: string;
};

/** The same of texts; `logprobs: true` is WebLLM's. */
type TheirText = OpenAI.Completions.CompletionCreateParams;
type OurText = Omit<
  Pick<ours.CompletionRequest, keyof ours.CompletionRequest & keyof TheirText>,
  'model' | 'logprobs' | 'stream'
> & { model: string; logprobs?: Exclude<ours.CompletionRequest['logprobs'], boolean> };

export function checks(): void {
  holds<Assignable<Omit<OurRequest, 'stream'>, Omit<Theirs, 'stream'>>>();
  holds<
    Assignable<ours.ChatCompletionMessageParam, OpenAI.Chat.Completions.ChatCompletionMessageParam>
  >();
  holds<Assignable<ours.ChatCompletionTool, OpenAI.Chat.Completions.ChatCompletionTool>>();
  holds<
    Assignable<
      ours.ChatCompletionToolChoiceOption,
      OpenAI.Chat.Completions.ChatCompletionToolChoiceOption
    >
  >();

  // `abort` is WebLLM's own reason, which OpenAI has not.
  type Reason<Choice> = Omit<Choice, 'finish_reason'> & {
    finish_reason: Exclude<Choice extends { finish_reason: infer R } ? R : never, 'abort'>;
  };
  type Answer = Omit<ours.ChatCompletion, 'choices'> & {
    choices: Reason<ours.ChatCompletion['choices'][number]>[];
  };
  holds<Assignable<Answer, OpenAI.Chat.Completions.ChatCompletion>>();
  type Chunk = Omit<ours.ChatCompletionChunk, 'choices'> & {
    choices: Reason<ours.ChatCompletionChunk['choices'][number]>[];
  };
  holds<Assignable<Chunk, OpenAI.Chat.Completions.ChatCompletionChunk>>();
  // In streams OpenAI itself sends null where its types have none.
  type Text = Omit<ours.Completion, 'choices' | 'usage'> & {
    choices: (Omit<ours.Completion['choices'][number], 'finish_reason'> & {
      finish_reason: Exclude<
        ours.Completion['choices'][number]['finish_reason'],
        'abort' | 'tool_calls' | null
      >;
    })[];
    usage?: NonNullable<ours.Completion['usage']>;
  };
  holds<Assignable<Text, OpenAI.Completion>>();
  holds<Assignable<OurText, Omit<TheirText, 'stream'>>>();
  holds<Assignable<ours.EmbeddingRequest & { model: string }, OpenAI.EmbeddingCreateParams>>();
  holds<Assignable<ours.CreateEmbeddingResponse, OpenAI.CreateEmbeddingResponse>>();
  holds<Assignable<ours.CompletionUsage, OpenAI.CompletionUsage>>();
}

/** A request written for their client, given to ours. */
export async function written(engine: ours.Engine): Promise<string | null> {
  const request = {
    model: 'pebble',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Hi' }] },
    ],
    temperature: 0.2,
    max_completion_tokens: 20,
    seed: 1,
    stop: ['\n'],
    response_format: { type: 'json_schema', json_schema: { name: 'a', schema: {}, strict: true } },
    parallel_tool_calls: false,
  } satisfies OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;
  const answer = await engine.chat.completions.create(
    request as ours.ChatCompletionRequestNonStreaming,
  );
  return answer.choices[0].message.content;
}
