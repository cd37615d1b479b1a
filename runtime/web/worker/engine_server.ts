// SPDX-License-Identifier: Apache-2.0
// serveEngine: the worker's side of worker_client.ts: one engine, driven by the messages of messages.ts.
import type { GenerateOptions, LoadOptions, Prompt } from '../api.ts';
import { createEngine, type LocalEngine } from '../engine.ts';
import { ClosedError } from '../errors.ts';
import type {
  ChatCompletionRequest,
  CompletionRequest,
  EmbeddingRequest,
} from '../openai/types.ts';
import { type Channel, isOurs, type Request } from './messages.ts';
import { type CallContext, Server } from './server.ts';

/** What of the options can cross into a worker. */
export type WorkerSettings = { [Name in keyof LoadOptions]?: LoadOptions[Name] | undefined };

export function serveEngine(scope = globalThis as unknown as Channel): void {
  let engine: LocalEngine | undefined;

  const opened = () => {
    if (!engine) throw new ClosedError('the worker has no engine yet');
    return engine;
  };

  async function* generate(prompt: Prompt, options: GenerateOptions, { signal }: CallContext) {
    const generation = opened().generate(prompt, { ...options, signal });
    yield* generation;
    return generation.result;
  }

  const server = new Server({
    async load(address: string, settings: WorkerSettings, context: CallContext) {
      const given = Object.entries(settings).filter(([, value]) => value !== undefined);
      engine = await createEngine(address, {
        ...(Object.fromEntries(given) as LoadOptions),
        ...context,
      });
      return engine.model;
    },
    generate,
    tokenize: (text: string) => opened().tokenize(text),
    detokenize: (ids: number[]) => opened().detokenize(ids),
    logits: (ids: number[], options: { chunk?: number }) => opened().logits(ids, options),
    memory: () => opened().memory(),
    profile: () => opened().profile(),
    close: () => opened().close(),
    interrupt: () => opened().interrupt(),
    forget: () => opened().forget(),
    chat: (request: ChatCompletionRequest, context: CallContext) =>
      opened().chat.completions.create(request, context),
    complete: (request: CompletionRequest, context: CallContext) =>
      opened().completions.create(request, context),
    embed: (request: EmbeddingRequest) => opened().embeddings.create(request),
  });

  scope.addEventListener('message', ({ data }) => {
    if (isOurs<Request>(data)) void server.handle(data, (response) => scope.postMessage(response));
  });
}
