// SPDX-License-Identifier: Apache-2.0
// The functions of grammar.wasm. All arguments and results are 32-bit integers; `ptr` is a byte
// offset in the exported memory, which may move its buffer in any call (make views afterwards).
// A handle is what the opening function returned; 0: it failed. Text is UTF-8.
//
//   alloc(bytes) -> ptr                       0: out of memory (host/wasm_memory.cpp)
//   release(ptr, bytes)
//
//   vocabulary_open(ptr, bytes, ends, end_count) -> handle     bytes of tokenizer.bin from alloc,
//   its
//                                             own from now on; ends: u32[]: ids that end an answer
//   vocabulary_close(handle)                  after all constraints with it
//   vocabulary_mask_words(handle) -> words    of a mask: token t is bit t%32 of word t/32
//
//   constraint_new(vocabulary, language, text, bytes, options) -> handle
//                                             language: Language; options: whitespace (Whitespace)
//                                             | any key order << 2 | assert formats << 3
//   constraint_free(handle)                   its matchers stay valid
//   refusal_message(), refusal_where() -> ptr  why the last constraint_new failed: text up to a
//   zero
//
//   matcher_new(constraint) -> handle
//   matcher_clone(handle) -> handle
//   matcher_free(handle)
//   matcher_fill_mask(handle) -> Outcome
//   matcher_mask(handle) -> ptr u32[]         of the last fill_mask
//   matcher_accept(handle, token) -> Outcome
//   matcher_validate(handle, tokens, count) -> how many could be accepted
//   matcher_rollback(handle, count) -> Outcome
//   matcher_state(handle) -> 1: the answer may end here  2: it has ended
//   matcher_accepted(handle) -> count, matcher_accepted_tokens(handle) -> ptr u32[]
//   matcher_forced_text(handle) -> bytes, matcher_text(handle) -> ptr
//   matcher_forced_count(handle, tokens, count) -> how many of the tokens of that text to take
#ifdef __wasm__

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/formats/tokenizer_bin.h"
#include "runtime/grammar/compile.h"
#include "runtime/grammar/constraint.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/matcher.h"
#include "runtime/grammar/token_index.h"
#include "runtime/grammar/token_texts.h"
#include "runtime/host/tokenizer_file.h"

namespace {

using namespace runtime::grammar;  // NOLINT: what is exported

struct OpenVocabulary {
  std::byte* file;  // from alloc
  TokenIndex index;
};

struct OpenMatcher {
  Matcher matcher;
  List<std::uint32_t> mask;
  std::string_view forced;  // the matcher's
};

using OpenConstraint = std::shared_ptr<Constraint>;

// Why the last constraint_new failed, with the grammar in which that is written.
Result<std::unique_ptr<Grammar>>& last_refused() {
  static Result<std::unique_ptr<Grammar>> refused(nullptr);
  return refused;
}

CompileOptions options_of(std::uint32_t bits) {
  CompileOptions options;
  options.layout.whitespace = static_cast<schema::Whitespace>(bits & 3U);
  options.layout.key_order = (bits & 4U) != 0 ? schema::KeyOrder::any : schema::KeyOrder::declared;
  options.schema.assert_formats = (bits & 8U) != 0;
  return options;
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(vocabulary_open)
OpenVocabulary* vocabulary_open(std::byte* file, std::size_t bytes, const std::uint32_t* ends,
                                std::size_t end_count) {
  runtime::host::TokenizerFault fault{};
  const auto tokens = runtime::host::TokenizerFile::open({file, bytes}, fault);
  if (!tokens) {
    operator delete(file);
    return nullptr;
  }
  return new OpenVocabulary{
      file, TokenIndex(token_texts(*tokens), tokens->settings().tokens, {ends, ends + end_count})};
}
EXPORT(vocabulary_close) void vocabulary_close(OpenVocabulary* vocabulary) {
  operator delete(vocabulary->file);
  delete vocabulary;
}
EXPORT(vocabulary_mask_words)
std::uint32_t vocabulary_mask_words(const OpenVocabulary* vocabulary) {
  return vocabulary->index.mask_words();
}

EXPORT(constraint_new)
OpenConstraint* constraint_new(const OpenVocabulary* vocabulary, std::uint32_t language,
                               const char* text, std::size_t bytes, std::uint32_t options) {
  auto grammar = compile(static_cast<Language>(language), {text, bytes}, options_of(options));
  if (!grammar) {
    last_refused() = std::move(grammar);
    return nullptr;
  }
  return new OpenConstraint(std::make_shared<Constraint>(*std::move(grammar), vocabulary->index));
}
EXPORT(constraint_free) void constraint_free(OpenConstraint* constraint) { delete constraint; }
EXPORT(refusal_message) const char* refusal_message() { return last_refused().refusal().message; }
EXPORT(refusal_where) const char* refusal_where() { return last_refused().refusal().where; }

EXPORT(matcher_new) OpenMatcher* matcher_new(const OpenConstraint* constraint) {
  const std::size_t words = (*constraint)->index().mask_words();
  return new OpenMatcher{Matcher(*constraint), List<std::uint32_t>(words), {}};
}
EXPORT(matcher_clone) OpenMatcher* matcher_clone(const OpenMatcher* open) {
  return new OpenMatcher(*open);
}
EXPORT(matcher_free) void matcher_free(OpenMatcher* open) { delete open; }
EXPORT(matcher_fill_mask) Outcome matcher_fill_mask(OpenMatcher* open) {
  return open->matcher.fill_mask(open->mask);
}
EXPORT(matcher_mask) const std::uint32_t* matcher_mask(const OpenMatcher* open) {
  return open->mask.data();
}
EXPORT(matcher_accept) Outcome matcher_accept(OpenMatcher* open, std::uint32_t token) {
  return open->matcher.accept(token);
}
EXPORT(matcher_validate)
std::size_t matcher_validate(OpenMatcher* open, const std::uint32_t* tokens, std::size_t count) {
  return open->matcher.validate({tokens, count});
}
EXPORT(matcher_rollback) Outcome matcher_rollback(OpenMatcher* open, std::size_t count) {
  if (count > open->matcher.accepted().size()) return Outcome::refused;
  open->matcher.rollback(count);
  return Outcome::done;
}
EXPORT(matcher_state) std::uint32_t matcher_state(const OpenMatcher* open) {
  return open->matcher.has_ended() ? 2U : open->matcher.is_complete() ? 1U : 0U;
}
EXPORT(matcher_accepted) std::size_t matcher_accepted(const OpenMatcher* open) {
  return open->matcher.accepted().size();
}
EXPORT(matcher_accepted_tokens)
const std::uint32_t* matcher_accepted_tokens(const OpenMatcher* open) {
  return open->matcher.accepted().data();
}
EXPORT(matcher_forced_text) std::size_t matcher_forced_text(OpenMatcher* open) {
  open->forced = open->matcher.forced_text();
  return open->forced.size();
}
EXPORT(matcher_text) const char* matcher_text(const OpenMatcher* open) {
  return open->forced.data();
}
EXPORT(matcher_forced_count)
std::size_t matcher_forced_count(OpenMatcher* open, const std::uint32_t* tokens,
                                 std::size_t count) {
  return open->matcher.forced_count({tokens, count});
}

#endif  // __wasm__
