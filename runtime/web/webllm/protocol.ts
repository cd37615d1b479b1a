// SPDX-License-Identifier: Apache-2.0
// What WebLLM exports beside its engines: its APIs as classes, its checks of requests, names of files.
//
//   const { completions } = new Chat(engine);    // what engine.chat is
//   postInitAndCheckFieldsChatCompletion(request); // RequestError: foo is not a field …
import { manifestName, newestBundle } from '../load/manifest.ts';
import { checkTogether } from '../openai/envelope.ts';
import { readChatRequest, readCompletionRequest, readEmbeddingRequest } from '../openai/fields.ts';
import type {
  ChatCompletionRequest,
  ChatCompletionsApi,
  CompletionRequest,
  CompletionsApi,
  EmbeddingRequest,
  EmbeddingsApi,
} from '../openai/types.ts';
import type { ModelType } from './config.ts';
import type { MLCEngineInterface } from './interface.ts';

export class Chat {
  readonly completions: ChatCompletionsApi;

  constructor(engine: MLCEngineInterface) {
    this.completions = { create: engine.chatCompletion };
  }
}

export class Completions implements CompletionsApi {
  readonly create: CompletionsApi['create'];

  constructor(engine: MLCEngineInterface) {
    this.create = engine.completion;
  }
}

export class Embeddings implements EmbeddingsApi {
  readonly create: EmbeddingsApi['create'];

  constructor(engine: MLCEngineInterface) {
    this.create = engine.embedding;
  }
}

/** Throws where `create` would before it asks the model anything. */
export function postInitAndCheckFieldsChatCompletion(
  request: ChatCompletionRequest,
  _modelId?: string,
  _modelType?: ModelType,
): void {
  checkTogether(readChatRequest(request));
}

export function postInitAndCheckFieldsCompletion(
  request: CompletionRequest,
  _modelId?: string,
  _modelType?: ModelType,
): void {
  checkTogether(readCompletionRequest(request));
}

export function postInitAndCheckFieldsEmbedding(
  request: EmbeddingRequest,
  _modelId?: string,
  _modelType?: ModelType,
): void {
  readEmbeddingRequest(request);
}

/** Fields that are known are answered or refused by name; none is passed over. */
export const ChatCompletionRequestUnsupportedFields: string[] = [];

/** A bundle's one manifest, which lists its tensors as well. */
export const MODEL_PACKAGE_MANIFEST_FILENAME = manifestName;
export const TENSOR_CACHE_MANIFEST_FILENAME = manifestName;
/** Of bundles, up to which this runtime reads them. */
export const ARTIFACT_SCHEMA_VERSION = newestBundle;
