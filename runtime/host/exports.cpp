// SPDX-License-Identifier: Apache-2.0
// The functions of runtime.wasm. All arguments and results are 32-bit integers; `ptr` is a byte
// offset in the exported memory, which may move its buffer in any call (make views afterwards).
// A handle is what the opening function returned. A negative result is an error: TokenizerFault,
// SequenceFault, or kFailed. Text is UTF-8. sampling_exports.cpp has the functions of samplers.
//
//   alloc(bytes) -> ptr                       0: out of memory (wasm_memory.cpp)
//   release(ptr, bytes)
//
//   tokenizer_open(ptr, bytes) -> handle      of tokenizer.bin, from alloc; its own from now on
//   tokenizer_close(handle)
//   tokenizer_size(handle) -> tokens
//   tokenizer_encode(handle, text, bytes, options) -> ids   1: add_special  2: parse_special
//                                             4: guarded  8: special_once (tokenizer.h)
//   tokenizer_ids(handle) -> ptr              u32[]: of the last encode
//   tokenizer_guard(handle, text, bytes) -> bytes           of the text with special tokens broken
//   tokenizer_guarded(handle) -> ptr          to it, until the next guard
//   tokenizer_token_length(handle, id) -> bytes
//   tokenizer_token_bytes(handle, id) -> ptr  inside the tokenizer: do not release
//   tokenizer_token_flags(handle, id)         1: control token  2: absent, never to be sampled
//   tokenizer_added_token(handle, text, bytes) -> id        kFailed: no such added token
//
//   detokenizer_new(tokenizer, options) -> handle           1: show control tokens
//                                                           2: the stream goes on after text
//   detokenizer_push(handle, id) -> bytes     of text that became certain
//   detokenizer_flush(handle) -> bytes        the end of the stream
//   detokenizer_text(handle) -> ptr           of the last push or flush
//   detokenizer_free(handle)
//
//   sequences_new(max_rows, max_sequences, max_pages_per_sequence, max_pages, ropes, tables,
//                 window, sink) -> handle     ropes: f64[]: for each table count, scale, then count
//                                             inverse frequencies; max_pages 0: no limit of its
//                                             own; window 0: none; kFailed: nothing could slide
//                                             (sliding_window.h, which rounds both to pages)
//   sequences_delete(handle)
//   sequences_create(handle) -> sequence      kFailed: all are in use
//   sequences_fork(handle, parent, length) -> sequence    kFailed: all are in use
//   sequences_free(handle, sequence)
//   sequences_length(handle, sequence) -> positions
//   sequences_next(handle, sequence) -> position          the rows that may be computed next:
//   sequences_limit(handle, sequence) -> position         those from `next` on below `limit`
//   sequences_slide(handle, sequence)         when there are none
//   sequences_dropped(handle, sequence) -> tokens
//   sequences_reserve(handle, sequence, end)
//   sequences_kept(handle, sequence, length) -> positions that rewinding to `length` would keep
//   sequences_rewind(handle, sequence, length)
//   sequences_begin_step(handle) -> step      1, 2, 3 ...
//   sequences_completed(handle, step)
//   sequences_pages_needed(handle) -> pages   that the cache's pools must hold
//   sequences_page_table(handle) -> ptr       u32[max_sequences][max_pages_per_sequence]
//   sequences_table_changes(handle) -> ptr    u32[2]: first word, words changed since the last call
//   sequences_slot_words(handle) -> words
//   sequences_write_step(handle, rows, row_count, outputs, output_count, slot) -> words
//     rows: u32[row_count][2] = sequence, position; outputs: u32[]; slot: u32[slot_words]; the
//     result counts the words from the start that must be uploaded
#ifdef __wasm__

#include "runtime/host/exports.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/host/detokenizer.h"
#include "runtime/host/sequences.h"
#include "runtime/host/tokenizer.h"

namespace {

using namespace runtime::host;  // NOLINT: what is exported

struct TextStream {
  Detokenizer detokenizer;
  std::string text;
};

struct OpenSequences {
  Sequences sequences;
  TableRange changes;
};

std::int32_t code(SequenceFault fault) { return static_cast<std::int32_t>(fault); }

std::vector<RopeTable> read_ropes(const double* at, std::uint32_t tables) {
  std::vector<RopeTable> ropes(tables);
  for (RopeTable& rope : ropes) {
    const auto count = static_cast<std::size_t>(*at++);
    rope.scale = *at++;
    rope.frequencies.assign(at, at + count);
    at += count;
  }
  return ropes;
}

}  // namespace

EXPORT(tokenizer_open) std::intptr_t tokenizer_open(std::byte* file, std::size_t bytes) {
  TokenizerFault fault = TokenizerFault::none;
  std::optional<Tokenizer> tokenizer = Tokenizer::open({file, bytes}, fault);
  if (!tokenizer) {
    operator delete(file);
    return static_cast<std::int32_t>(fault);
  }
  auto* open = new OpenTokenizer{file, *std::move(tokenizer), {}, {}};
  return reinterpret_cast<std::intptr_t>(open);
}
EXPORT(tokenizer_close) void tokenizer_close(OpenTokenizer* open) {
  operator delete(open->file);
  delete open;
}
EXPORT(tokenizer_size) std::uint32_t tokenizer_size(const OpenTokenizer* open) {
  return open->tokenizer.size();
}
EXPORT(tokenizer_encode)
std::size_t tokenizer_encode(OpenTokenizer* open, const char* text, std::size_t bytes,
                             std::uint32_t options) {
  open->tokenizer.encode({text, bytes},
                         {.add_special = (options & 1U) != 0,
                          .parse_special = (options & 2U) != 0,
                          .guarded = (options & 4U) != 0,
                          .special_once = (options & 8U) != 0},
                         open->scratch, open->ids);
  return open->ids.size();
}
EXPORT(tokenizer_ids) const std::uint32_t* tokenizer_ids(const OpenTokenizer* open) {
  return open->ids.data();
}
EXPORT(tokenizer_guard)
std::size_t tokenizer_guard(OpenTokenizer* open, const char* text, std::size_t bytes) {
  open->guarded = open->tokenizer.guard({text, bytes});
  return open->guarded.size();
}
EXPORT(tokenizer_guarded) const char* tokenizer_guarded(const OpenTokenizer* open) {
  return open->guarded.data();
}
EXPORT(tokenizer_token_length)
std::size_t tokenizer_token_length(const OpenTokenizer* open, std::uint32_t id) {
  return open->tokenizer.token_bytes(id).size();
}
EXPORT(tokenizer_token_bytes)
const char* tokenizer_token_bytes(const OpenTokenizer* open, std::uint32_t id) {
  return open->tokenizer.token_bytes(id).data();
}
EXPORT(tokenizer_token_flags)
std::uint32_t tokenizer_token_flags(const OpenTokenizer* open, std::uint32_t id) {
  return (open->tokenizer.is_control(id) ? 1U : 0U) | (open->tokenizer.is_absent(id) ? 2U : 0U);
}
EXPORT(tokenizer_added_token)
std::int32_t tokenizer_added_token(const OpenTokenizer* open, const char* text, std::size_t bytes) {
  const std::optional<std::uint32_t> id = open->tokenizer.added_token({text, bytes});
  return id ? static_cast<std::int32_t>(*id) : kFailed;
}

EXPORT(detokenizer_new)
TextStream* detokenizer_new(const OpenTokenizer* open, std::uint32_t options) {
  const DetokenizerOptions chosen{.skip_control = (options & 1U) == 0,
                                  .at_start = (options & 2U) == 0};
  return new TextStream{Detokenizer(open->tokenizer, chosen), {}};
}
EXPORT(detokenizer_push) std::size_t detokenizer_push(TextStream* stream, std::uint32_t id) {
  stream->text.clear();
  stream->detokenizer.push(id, stream->text);
  return stream->text.size();
}
EXPORT(detokenizer_flush) std::size_t detokenizer_flush(TextStream* stream) {
  stream->text.clear();
  stream->detokenizer.flush(stream->text);
  return stream->text.size();
}
EXPORT(detokenizer_text) const char* detokenizer_text(const TextStream* stream) {
  return stream->text.data();
}
EXPORT(detokenizer_free) void detokenizer_free(TextStream* stream) { delete stream; }

EXPORT(sequences_new)
std::intptr_t sequences_new(std::uint32_t max_rows, std::uint32_t max_sequences,
                            std::uint32_t max_pages_per_sequence, std::uint32_t max_pages,
                            const double* ropes, std::uint32_t tables, std::uint32_t window,
                            std::uint32_t sink) {
  const SlidingWindow sliding = SlidingWindow::of(window, sink);
  if (!sliding.is_valid()) return kFailed;
  auto* open = new OpenSequences{Sequences({.max_rows = max_rows,
                                            .max_sequences = max_sequences,
                                            .max_pages_per_sequence = max_pages_per_sequence,
                                            .max_pages = max_pages,
                                            .ropes = read_ropes(ropes, tables),
                                            .window = sliding}),
                                 {}};
  return reinterpret_cast<std::intptr_t>(open);
}
EXPORT(sequences_delete) void sequences_delete(OpenSequences* open) { delete open; }
EXPORT(sequences_create) std::int32_t sequences_create(OpenSequences* open) {
  const std::optional<std::uint32_t> id = open->sequences.create();
  return id ? static_cast<std::int32_t>(*id) : kFailed;
}
EXPORT(sequences_fork)
std::int32_t sequences_fork(OpenSequences* open, std::uint32_t parent, std::uint32_t length) {
  const std::optional<std::uint32_t> id = open->sequences.fork(parent, length);
  return id ? static_cast<std::int32_t>(*id) : kFailed;
}
EXPORT(sequences_free)
std::int32_t sequences_free(OpenSequences* open, std::uint32_t sequence) {
  return code(open->sequences.free(sequence));
}
EXPORT(sequences_length)
std::uint32_t sequences_length(const OpenSequences* open, std::uint32_t sequence) {
  return open->sequences.length(sequence);
}
EXPORT(sequences_next)
std::uint32_t sequences_next(const OpenSequences* open, std::uint32_t sequence) {
  return open->sequences.next(sequence);
}
EXPORT(sequences_limit)
std::uint32_t sequences_limit(const OpenSequences* open, std::uint32_t sequence) {
  return open->sequences.limit(sequence);
}
EXPORT(sequences_slide)
std::int32_t sequences_slide(OpenSequences* open, std::uint32_t sequence) {
  return code(open->sequences.slide(sequence));
}
EXPORT(sequences_dropped)
std::uint32_t sequences_dropped(const OpenSequences* open, std::uint32_t sequence) {
  return open->sequences.dropped(sequence);
}
EXPORT(sequences_reserve)
std::int32_t sequences_reserve(OpenSequences* open, std::uint32_t sequence, std::uint32_t end) {
  return code(open->sequences.reserve(sequence, end));
}
EXPORT(sequences_kept)
std::uint32_t sequences_kept(const OpenSequences* open, std::uint32_t sequence,
                             std::uint32_t length) {
  return open->sequences.kept(sequence, length);
}
EXPORT(sequences_rewind)
std::int32_t sequences_rewind(OpenSequences* open, std::uint32_t sequence, std::uint32_t length) {
  return code(open->sequences.rewind(sequence, length));
}
EXPORT(sequences_begin_step) std::uint32_t sequences_begin_step(OpenSequences* open) {
  return static_cast<std::uint32_t>(open->sequences.begin_step());
}
EXPORT(sequences_completed) void sequences_completed(OpenSequences* open, std::uint32_t step) {
  open->sequences.completed(step);
}
EXPORT(sequences_pages_needed)
std::uint32_t sequences_pages_needed(const OpenSequences* open) {
  return open->sequences.pages_needed();
}
EXPORT(sequences_page_table)
const std::uint32_t* sequences_page_table(const OpenSequences* open) {
  return open->sequences.page_table().data();
}
EXPORT(sequences_table_changes) const TableRange* sequences_table_changes(OpenSequences* open) {
  open->changes = open->sequences.take_table_changes();
  return &open->changes;
}
EXPORT(sequences_slot_words) std::uint32_t sequences_slot_words(const OpenSequences* open) {
  return open->sequences.layout().slot_words;
}
EXPORT(sequences_write_step)
std::int32_t sequences_write_step(OpenSequences* open, const StepRow* rows, std::size_t row_count,
                                  const std::uint32_t* outputs, std::size_t output_count,
                                  std::uint32_t* slot) {
  const Sequences::StepResult result = open->sequences.write_step(
      {rows, row_count}, {outputs, output_count}, {slot, open->sequences.layout().slot_words});
  return result.fault == SequenceFault::none ? static_cast<std::int32_t>(result.words)
                                             : code(result.fault);
}

#endif  // __wasm__
