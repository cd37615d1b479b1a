// SPDX-License-Identifier: Apache-2.0
// embeddings.create: checks the request; no model that this engine runs makes embeddings.
import { UnsupportedModelError } from '../errors.ts';
import { readEmbeddingRequest } from './fields.ts';
import type { Model } from './model.ts';
import type { CreateEmbeddingResponse, EmbeddingRequest, EmbeddingsApi } from './types.ts';

export class Embeddings implements EmbeddingsApi {
  constructor(private readonly model: Model) {}

  async create(request: EmbeddingRequest): Promise<CreateEmbeddingResponse> {
    readEmbeddingRequest(request);
    const { name, architecture } = this.model.manifest.model;
    throw new UnsupportedModelError(
      `${name} (${architecture}) writes text and makes no embeddings; load a model for embeddings`,
    );
  }
}
