// SPDX-License-Identifier: Apache-2.0
// What a request has cost: OpenAI's counts, and WebLLM's timings in `extra`.
import type { ChoiceRun } from './choice.ts';
import type { CompletionUsage } from './types.ts';

const rate = (tokens: number, seconds: number) => (seconds > 0 ? tokens / seconds : 0);
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** Choices share a prompt, which is counted once, unless there are several prompts. */
export function usageOf(runs: readonly ChoiceRun[], prompts = 1): CompletionUsage {
  const tasks = runs.flatMap(({ task }) => (task ? [task] : []));
  const perPrompt = Math.max(1, runs.length / prompts);
  const ofPrompts = tasks.filter((_, i) => i % perPrompt === 0);
  const prompt = sum(ofPrompts.map((task) => task.promptLength));
  const completion = sum(tasks.map((task) => task.taken));
  const start = Math.min(...tasks.map((task) => task.created));
  const first = Math.min(...tasks.map((task) => task.firstAt));
  const last = Math.max(...tasks.map((task) => task.lastAt));
  const computed = sum(tasks.map((task) => task.promptLength - task.reused));
  const prefill = tasks.length > 0 ? (first - start) / 1000 : 0;
  const decode = tasks.length > 0 ? (last - first) / 1000 : 0;
  const decoded = Math.max(0, completion - tasks.length);
  const grammar = runs.filter(({ options }) => options.grammarTime !== undefined);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: sum(ofPrompts.map((task) => task.reused)) },
    extra: {
      e2e_latency_s: prefill + decode,
      prefill_tokens_per_s: rate(computed, prefill),
      decode_tokens_per_s: rate(decoded, decode),
      time_to_first_token_s: prefill,
      time_per_output_token_s: decoded > 0 ? decode / decoded : 0,
      ...(grammar.length > 0 && {
        grammar_init_s: sum(grammar.map(({ options }) => options.grammarTime!)) / 1000,
        grammar_per_token_s:
          sum(grammar.map(({ options }) => options.chooser?.grammarTime ?? 0)) /
          1000 /
          Math.max(1, completion),
      }),
    },
  };
}
