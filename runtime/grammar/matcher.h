// SPDX-License-Identifier: Apache-2.0
// Matcher: one answer under a constraint, token by token.
//
//   auto constraint = std::make_shared<Constraint>(std::move(grammar), index);
//   Matcher matcher(constraint);
//   matcher.fill_mask(words);             // which tokens may come first
//   matcher.accept(token);
//   const Matcher other = matcher;        // a second continuation, by turns with the first
//
// What a matcher has to remember across a restart is accepted(): accept the same tokens again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/grammar/constraint.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/recognizer.h"

namespace runtime::grammar {

enum class Outcome : std::int32_t {
  done = 1,
  refused = 0,       // the grammar does not allow it; nothing has changed
  out_of_fuel = -1,  // the grammar asks for too much work at this place; nothing has changed
  stuck = -2,        // the vocabulary has no token for what must come next
};

class Matcher {
 public:
  explicit Matcher(std::shared_ptr<Constraint> constraint);

  // Writes a bit for each token (mask.h), at least one of them set where the outcome is done. After
  // a token that ends the answer, only those are allowed.
  Outcome fill_mask(std::span<std::uint32_t> words);

  Outcome accept(std::uint32_t token);
  // How many of `tokens` could be accepted one after another.
  std::size_t validate(std::span<const std::uint32_t> tokens);
  // Takes the last tokens back; at most accepted().size().
  void rollback(std::size_t tokens);

  bool is_complete() const { return recognizer_.is_complete(); }  // the answer may end here
  bool has_ended() const { return ended_; }
  std::span<const std::uint32_t> accepted() const { return tokens_; }
  std::string_view text() const { return recognizer_.text(); }

  // The text that must come next, whatever is chosen; at most `limit` bytes. Valid until the
  // matcher is asked for something else.
  std::string_view forced_text(std::size_t limit = 4096);
  // Of tokens that spell forced_text(), or a beginning of it, how many to take: without the last
  // ones where a token that is allowed could cover them and more, since that is what a tokenizer
  // would have written. 0 where they spell another text.
  std::size_t forced_count(std::span<const std::uint32_t> tokens);

 private:
  Outcome begin();
  bool is_end(std::uint32_t token) const;
  std::size_t forced_bytes(Place& place, std::size_t limit);
  bool may_grow(std::string_view suffix, const Place& place, std::size_t position);
  bool may_grow(const TokenTrie& trie, std::string_view suffix, const Place& place,
                std::size_t position);

  std::shared_ptr<Constraint> constraint_;
  Recognizer recognizer_;
  List<std::uint32_t> tokens_;
  bool ended_ = false;
};

}  // namespace runtime::grammar
