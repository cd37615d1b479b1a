// SPDX-License-Identifier: Apache-2.0
// OpenAI's API on an engine at the other end of a connection.
import type {
  ChatCompletionsApi,
  CompletionsApi,
  EmbeddingRequest,
  EmbeddingsApi,
  RequestOptions,
} from '../openai/types.ts';
import type { Connection } from './connection.ts';

/** `method`: the one that answers there, streamed where the request asks for it. */
function creator(connection: Connection, method: string) {
  return (request: { stream?: boolean | null }, { signal }: RequestOptions = {}) =>
    request.stream
      ? connection.stream(method, [request], { signal })
      : connection.call(method, [request], { signal });
}

export function remoteApi(connection: Connection) {
  const chat = creator(connection, 'chat') as unknown as ChatCompletionsApi['create'];
  const complete = creator(connection, 'complete') as unknown as CompletionsApi['create'];
  const embeddings: EmbeddingsApi = {
    create: (request: EmbeddingRequest) => connection.call('embed', [request]),
  };
  return { chat: { completions: { create: chat } }, completions: { create: complete }, embeddings };
}
