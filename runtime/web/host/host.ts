// SPDX-License-Identifier: Apache-2.0
// Host: an instance of runtime.wasm, the C++ of runtime/host, with typed calls and views of its
// memory. runtime/host/exports.cpp says what each function takes and gives.
import { instantiate, type MemoryFunctions, type ModulePlace, WasmModule } from './wasm_module.ts';

export interface HostFunctions extends MemoryFunctions {
  tokenizer_open(at: number, bytes: number): number;
  tokenizer_close(tokenizer: number): void;
  tokenizer_encode(tokenizer: number, text: number, bytes: number, options: number): number;
  tokenizer_ids(tokenizer: number): number;
  tokenizer_guard(tokenizer: number, text: number, bytes: number): number;
  tokenizer_guarded(tokenizer: number): number;
  tokenizer_size(tokenizer: number): number;
  tokenizer_token_length(tokenizer: number, id: number): number;
  tokenizer_token_bytes(tokenizer: number, id: number): number;
  tokenizer_token_flags(tokenizer: number, id: number): number;
  detokenizer_new(tokenizer: number, options: number): number;
  detokenizer_push(stream: number, id: number): number;
  detokenizer_flush(stream: number): number;
  detokenizer_text(stream: number): number;
  detokenizer_free(stream: number): void;
  answers_new(
    table: number,
    tableBytes: number,
    tools: number,
    toolsBytes: number,
    options: number,
  ): number;
  answers_push(answers: number, text: number, bytes: number): number;
  answers_flush(answers: number): number;
  answers_events(answers: number): number;
  answers_free(answers: number): void;
  sampler_new(tokenizer: number, tokens: number, settings: number): number;
  sampler_bias(sampler: number, ids: number, biases: number, count: number): void;
  sampler_ban(sampler: number, ids: number, count: number): void;
  sampler_stops(sampler: number, ids: number, count: number): void;
  sampler_break_at(sampler: number, text: number, bytes: number): void;
  sampler_accept(sampler: number, ids: number, count: number, output: 0 | 1): void;
  sampler_sample(
    sampler: number,
    logits: number,
    count: number,
    mask: number,
    maskWords: number,
  ): number;
  sampler_draw_state(sampler: number, mask: number, maskWords: number): number;
  sampler_allowed(sampler: number, output: number, mask: number, maskWords: number): number;
  sampler_free(sampler: number): void;
  stops_new(): number;
  stops_add(stops: number, text: number, bytes: number): void;
  stops_push(stops: number, text: number, bytes: number): number;
  stops_flush(stops: number): number;
  stops_text(stops: number): number;
  stops_found(stops: number): number;
  stops_free(stops: number): void;
  sequences_new(
    maxRows: number,
    maxSequences: number,
    pagesPerSequence: number,
    maxPages: number,
    ropes: number,
    tables: number,
    window: number,
    sink: number,
  ): number;
  sequences_create(sequences: number): number;
  sequences_fork(sequences: number, parent: number, length: number): number;
  sequences_free(sequences: number, sequence: number): number;
  sequences_length(sequences: number, sequence: number): number;
  sequences_next(sequences: number, sequence: number): number;
  sequences_limit(sequences: number, sequence: number): number;
  sequences_slide(sequences: number, sequence: number): number;
  sequences_dropped(sequences: number, sequence: number): number;
  sequences_reserve(sequences: number, sequence: number, end: number): number;
  sequences_kept(sequences: number, sequence: number, length: number): number;
  sequences_rewind(sequences: number, sequence: number, length: number): number;
  sequences_begin_step(sequences: number): number;
  sequences_completed(sequences: number, step: number): void;
  sequences_page_table(sequences: number): number;
  sequences_table_changes(sequences: number): number;
  sequences_slot_words(sequences: number): number;
  sequences_write_step(
    sequences: number,
    rows: number,
    rowCount: number,
    outputs: number,
    outputCount: number,
    slot: number,
  ): number;
}

export class Host extends WasmModule<HostFunctions> {
  /** `place`: where runtime.wasm lies, or what it holds; beside this script when left out. */
  static async load(place: ModulePlace, signal?: AbortSignal): Promise<Host> {
    const name = 'runtime.wasm';
    const here = place ?? new URL('./runtime.wasm', import.meta.url);
    const call = await instantiate<HostFunctions>(name, here, 'sequences_new', signal);
    return new Host(name, call, call.memory);
  }
}
