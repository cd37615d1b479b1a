// SPDX-License-Identifier: Apache-2.0
// model.json: what a bundle holds and what it asks of a machine. codegen/bundle/model.schema.json
// describes the same file. Nothing below is used before parseManifest has checked it.
import { readToolFormat, type ToolFormat } from '../chat/tool_format.ts';
import { BundleError } from '../errors.ts';
import type { BundleFile } from '../files/source.ts';
import { Json } from '../json.ts';

/** What this runtime is, and which bundles it reads. */
export const runtimeVersion = 1;
const oldestBundle = 1;
export const newestBundle = 1;

export const manifestName = 'model.json';
const maxFileBytes = 1 << 28;

/** Bytes of a segment and where in the tensor's buffer they go. */
export interface Piece {
  segment: number;
  offset: number;
  at: number;
  bytes: number;
}

export interface Tensor {
  name: string;
  bytes: number;
  pieces: Piece[];
}

export interface Manifest {
  model: { name: string; architecture: string; parameters: number };
  quantization: string;
  context: number;
  vocabulary: number;
  bosTokenIds: number[];
  eosTokenIds: number[];
  library: BundleFile;
  tokenizer: BundleFile | undefined;
  chatTemplate: string | undefined;
  /** Instead of it when there are tools. */
  toolTemplate: string | undefined;
  /** What templates do not show of how the model calls tools. */
  toolFormat: ToolFormat;
  /** Counts after what the chat template shows. */
  responseTemplate: ToolFormat;
  generation: Record<string, unknown>;
  segments: BundleFile[];
  tensors: Tensor[];
  memory: { context: number; gpuBytes: number }[];
  features: string[];
  /** What variants of kernels use where the device has it. */
  optionalFeatures: string[];
  limits: Map<string, number>;
}

export function parseManifest(bytes: Uint8Array): Manifest {
  const root = Json.parse(bytes, manifestName);
  checkVersions(root);
  const files = root.field('files').map(readFile);
  const segments = root.field('segments').map(readFile);
  const tokenizer = root.field('tokenizer');
  const template = root.field('chat_template');
  const toolTemplate = root.field('tool_template');
  const toolFormat = (key: string) => {
    const format = root.field(key);
    return format.isNull() ? {} : readToolFormat(format);
  };
  const model = root.field('model');
  const requirements = root.field('requirements');
  const vocabulary = root.field('vocabulary').integer(1, 1 << 24);
  const tokenId = (id: Json) => id.index(vocabulary);
  const tensors = root.field('tensors').map((tensor) => readTensor(tensor, segments));
  return {
    model: {
      name: model.field('name').string(),
      architecture: model.field('architecture').string(),
      parameters: model.field('parameters').integer(),
    },
    quantization: root.field('quantization').string(),
    context: root.field('context').integer(1, 1 << 24),
    vocabulary,
    bosTokenIds: root.field('bos_token_ids').map(tokenId, 64),
    eosTokenIds: root.field('eos_token_ids').map(tokenId, 64),
    library: named(files, 'model.wasm', root),
    tokenizer: tokenizer.isNull()
      ? undefined
      : named(files, tokenizer.field('path').string(), tokenizer),
    chatTemplate: template.isNull() ? undefined : template.string(),
    toolTemplate: toolTemplate.isNull() ? undefined : toolTemplate.string(),
    toolFormat: toolFormat('tool_format'),
    responseTemplate: toolFormat('response_template'),
    generation: root.field('generation').object(),
    segments,
    tensors,
    memory: root.field('memory').map((row) => ({
      context: row.field('context').integer(),
      gpuBytes: row.field('gpu_bytes').integer(),
    })),
    features: readFeatures(requirements.field('features')),
    optionalFeatures: readFeatures(requirements.field('optional_features')),
    limits: readLimits(requirements.field('limits')),
  };
}

function checkVersions(root: Json): void {
  const format = root.field('format');
  if (format.isNull() || format.string() !== 'webllm-bundle') {
    root.fail('does not say "format": "webllm-bundle"; is this the folder of a bundle?');
  }
  const version = root.field('version').integer();
  const minimum = root.field('minimum_runtime').integer();
  if (minimum > runtimeVersion || version > newestBundle) {
    throw new BundleError(
      `${manifestName}: the bundle has version ${version} and asks for runtime ${minimum}, but ` +
        `this runtime is ${runtimeVersion} and reads bundles up to ${newestBundle}; the runtime ` +
        'is the older side: serve the one that belongs to the compiler of this bundle',
    );
  }
  if (version < oldestBundle) {
    throw new BundleError(
      `${manifestName}: the bundle has version ${version}, but this runtime reads ` +
        `${oldestBundle} to ${newestBundle}; the bundle is the older side: compile the model again`,
    );
  }
}

// Below the bundle's folder, whatever the address: no root, no parent, no scheme, no query.
const relativePath = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\:?#%\x00-\x1f]+$/;

function readFile(file: Json): BundleFile {
  return {
    path: file.field('path').matching(relativePath, 'a relative path'),
    bytes: file.field('bytes').integer(0, maxFileBytes),
    sha256: file.field('sha256').matching(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
  };
}

function named(files: BundleFile[], path: string, place: Json): BundleFile {
  return files.find((file) => file.path === path) ?? place.fail(`names no file ${path} in "files"`);
}

function readTensor(tensor: Json, segments: BundleFile[]): Tensor {
  const bytes = tensor.field('bytes').multiple(4, 4);
  let covered = 0;
  const pieces = tensor.field('pieces').map((place) => {
    const piece: Piece = {
      segment: place.field('segment').index(segments.length),
      offset: place.field('offset').multiple(4),
      at: place.field('at').multiple(4),
      bytes: place.field('bytes').multiple(4, 4),
    };
    const segment = segments[piece.segment];
    if (piece.offset + piece.bytes > segment.bytes) {
      place.fail(`reaches beyond the ${segment.bytes} bytes of ${segment.path}`);
    }
    if (piece.at !== covered) place.fail(`is at ${piece.at} of its tensor, wanted ${covered}`);
    covered += piece.bytes;
    return piece;
  });
  if (covered !== bytes) tensor.fail(`has pieces of ${covered} bytes together, wanted ${bytes}`);
  return { name: tensor.field('name').string(), bytes, pieces };
}

function readFeatures(features: Json): string[] {
  return features.isNull() ? [] : features.map((feature) => feature.string(), 64);
}

function readLimits(limits: Json): Map<string, number> {
  const names = Object.keys(limits.object());
  return new Map(names.map((name) => [name, limits.field(name).integer()]));
}
