// SPDX-License-Identifier: Apache-2.0
// TokenIndex: what masks need of a vocabulary, made once for a tokenizer and shared by all
// grammars.
//
//   TokenIndex index(texts_of(tokenizer), tokenizer.size(), {eos});
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/string_tokens.h"

namespace runtime::grammar {

class TokenIndex {
 public:
  // `tokens`: those that stand for text, which must outlive the index; control tokens and ids that
  // no token has are not among them and never allowed. `ends`: the ids that end an answer, allowed
  // where it is complete.
  TokenIndex(std::span<const TokenText> tokens, std::uint32_t vocabulary_size,
             List<std::uint32_t> ends)
      : size_(vocabulary_size),
        ends_(std::move(ends)),
        short_(tokens, vocabulary_size, 0, kShort),
        long_(tokens, vocabulary_size, kShort, 0xffff'ffff),
        texts_(vocabulary_size) {
    for (const TokenText& token : tokens) texts_[token.id] = token.text;
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t mask_words() const { return (size_ + 31) / 32; }
  std::span<const std::uint32_t> ends() const { return ends_; }
  // Empty where the token does not stand for text.
  std::string_view text(std::uint32_t token) const {
    return token < size_ ? texts_[token] : std::string_view();
  }

  // Short tokens tell fewer states of a grammar apart than long ones, of which there are few.
  const StringTokens& short_tokens() const { return short_; }
  const StringTokens& long_tokens() const { return long_; }

 private:
  static constexpr std::uint32_t kShort = 32;  // bytes, at the most

  std::uint32_t size_;
  List<std::uint32_t> ends_;
  StringTokens short_, long_;
  List<std::string_view> texts_;  // by id
};

}  // namespace runtime::grammar
