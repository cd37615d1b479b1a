// SPDX-License-Identifier: Apache-2.0
// StringTokens: a vocabulary, parted by what JSON strings are made of. Nearly all tokens lie wholly
// inside a string, and inside a string nearly all are allowed; so those have a bitmap made once.
//
//   inside         tokens of whole characters that need no escape: a bitmap, and a trie
//   rest           a trie of all other tokens
//   the tails      of each token of the rest its longest such beginning is cut off: a", b", and "
//                  all are the tail ". Where reading characters changes nothing, they will do.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "runtime/grammar/list.h"
#include "runtime/grammar/token_trie.h"

namespace runtime::grammar {

class StringTokens {
 public:
  // Of `tokens` those of more than `above` and up to `most` bytes.
  StringTokens(std::span<const TokenText> tokens, std::uint32_t vocabulary_size,
               std::uint32_t above, std::uint32_t most);

  // Token t: word t/32, bit t%32.
  std::span<const std::uint32_t> inside_bitmap() const { return bitmap_; }
  const TokenTrie& inside() const { return inside_; }
  // Of how many characters each of inside().ids() is.
  std::span<const std::uint16_t> characters() const { return characters_; }
  const TokenTrie& rest() const { return rest_; }
  const TokenTrie& tails() const { return tails_; }
  std::uint32_t bytes() const { return std::max(inside_.height(), rest_.height()); }  // at the most

 private:
  List<std::uint32_t> bitmap_;
  List<std::uint16_t> characters_;
  TokenTrie inside_, rest_, tails_;
};

}  // namespace runtime::grammar
