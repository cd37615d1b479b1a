// SPDX-License-Identifier: Apache-2.0
// Which models an application knows and how it wants them: the types of WebLLM, of which a record
// needs only the address of a bundle.
//
//   const appConfig = { model_list: [{ model: './pebble/', model_id: 'pebble' }] };
import type { ModelOptions } from '../api.ts';
import { ArgumentError, ModelNotFoundError } from '../errors.ts';
import type { LogitProcessor } from '../openai/model.ts';

export enum ModelType {
  LLM,
  embedding,
  VLM,
}

export type LogLevel = 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'SILENT';

export interface ModelRecord {
  /** Address of the bundle: a folder, or its model.json. */
  model: string;
  /** The last part of the address when left out. */
  model_id?: string;
  /** WebLLM's library; a bundle has its own, and this is not read. */
  model_lib?: string;
  overrides?: ChatOptions;
  vram_required_MB?: number;
  low_resource_required?: boolean;
  buffer_size_required_bytes?: number;
  required_features?: string[];
  model_type?: ModelType;
  /** Bundles carry hashes of all their files, which are always compared. */
  integrity?: ModelIntegrity;
}

/** SRIs of files, by name. */
export type FileIntegrityMap = Record<string, string>;

export interface ModelIntegrity {
  /** SRI of model.json. */
  config?: string;
  model_lib?: string;
  tokenizer?: FileIntegrityMap;
  onFailure?: 'error' | 'warn';
}

export type OPFSAccessMode = 'async' | 'sync' | 'auto';

export interface AppConfig {
  model_list: ModelRecord[];
  /** Where files are kept: in the origin's private file system, or the Cache API. */
  cacheBackend?: 'opfs' | 'cache' | 'none' | 'indexeddb' | 'cross-origin';
  opfsAccessMode?: OPFSAccessMode;
}

/** What a request takes where it says nothing itself; the bundle's own defaults come after. */
export interface ChatOptions {
  temperature?: number;
  top_p?: number;
  top_k?: number;
  min_p?: number;
  repetition_penalty?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  max_tokens?: number;
  /** At most what the model was compiled for, as the next one is. One of both is given, or none. */
  context_window_size?: number;
  /** Texts go on without end: the oldest tokens are dropped. */
  sliding_window_size?: number;
  /** The first tokens of a sliding window, which stay; 4 when left out. */
  attention_sink_size?: number;
  // What follows is in the bundle: given here, it is an error that says so.
  conv_template?: string;
  conv_config?: unknown;
  tokenizer_files?: string[];
  tokenizer_info?: unknown;
  token_table_postproc_method?: string;
  vocab_size?: number;
  bos_token_id?: number;
  max_history_size?: number;
  model_type?: string;
  model_config?: unknown;
}

export interface InitProgressReport {
  /** From 0 to 1. */
  progress: number;
  /** Seconds. */
  timeElapsed: number;
  text: string;
  phase: 'library' | 'weights' | 'kernels' | 'ready';
  /** Loaded so far, and in all; kernels in phase 'kernels'. */
  bytes: number;
  total: number;
}
export type InitProgressCallback = (report: InitProgressReport) => void;

export interface MLCEngineConfig {
  appConfig?: AppConfig;
  initProgressCallback?: InitProgressCallback;
  /** Of the engine in this thread only. */
  logitProcessorRegistry?: Map<string, LogitProcessor>;
  logLevel?: LogLevel;
  /** Where runtime.wasm and grammar.wasm lie; beside the script when left out. */
  runtimeWasm?: string | URL;
  grammarWasm?: string | URL;
  /** Replaces navigator.gpu, in Node. */
  gpu?: GPU;
}

/** No model is built in: any address of a bundle is as good as a record. */
export const prebuiltAppConfig: AppConfig = { model_list: [] };
/** WebLLM's prefix of library addresses; bundles carry theirs. */
export const modelLibURLPrefix = '';
export const modelVersion = '';
/** Every model whose chat template has tools calls functions. */
export const functionCallingModelIds: string[] = [];

/** The record of this id; an address stands for itself. */
export function findRecord(modelId: string, config: AppConfig): ModelRecord & { model_id: string } {
  const record = config.model_list.find((one) => idOf(one) === modelId);
  if (record) return { ...record, model_id: modelId };
  if (/[/.]/.test(modelId)) return { model: modelId, model_id: modelId };
  const known = config.model_list.map(idOf).join(', ') || 'none';
  throw new ModelNotFoundError(
    `there is no model ${modelId} in appConfig.model_list, which has ${known}; give the address of ` +
      'its bundle, or a record of it',
  );
}

function idOf({ model, model_id }: ModelRecord): string {
  return (
    model_id ??
    model
      .replace(/\/(model\.json)?$/, '')
      .split('/')
      .at(-1)!
  );
}

/** Of chat options, by their names in generation_config.json. */
const defaultNames: Readonly<Record<string, string>> = {
  temperature: 'temperature',
  top_p: 'top_p',
  top_k: 'top_k',
  min_p: 'min_p',
  repetition_penalty: 'repetition_penalty',
  frequency_penalty: 'frequency_penalty',
  presence_penalty: 'presence_penalty',
  max_tokens: 'max_new_tokens',
};

/** The same of sizes, by their names in EngineOptions. */
const sizeNames: Readonly<Record<string, keyof ModelOptions>> = {
  context_window_size: 'context',
  sliding_window_size: 'slidingWindow',
  attention_sink_size: 'attentionSink',
};

export function readChatOptions(options: ChatOptions): ModelOptions {
  const defaults: Record<string, unknown> = {};
  const sizes: ModelOptions = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === -1) continue; // WebLLM's way to say nothing
    if (Object.hasOwn(sizeNames, name)) {
      Object.assign(sizes, { [sizeNames[name]]: value });
      continue;
    }
    if (!Object.hasOwn(defaultNames, name)) {
      throw new ArgumentError(
        `chat option ${name} is not supported: it is settled when the model is compiled; there are ` +
          [...Object.keys(defaultNames), ...Object.keys(sizeNames)].join(', '),
      );
    }
    defaults[defaultNames[name]] = value;
  }
  if (options.temperature !== undefined) defaults['do_sample'] = true;
  return { defaults, ...sizes };
}
