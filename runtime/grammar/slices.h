// SPDX-License-Identifier: Apache-2.0
// StringSlices: the part of a vocabulary that lies wholly inside a JSON string. Nearly all tokens
// do, and inside a string nearly all are allowed; so those are bitmaps made once, and only the rest
// is walked.
//
//   a slice        tokens of whole characters that need no escape, at most 10, 30 or any number
//   its rest       a trie of all other tokens
//   the tails      of each token its longest such beginning is cut off: a", b", and " all are the
//                  tail ". Where reading characters changes nothing, a trie of the tails will do.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/grammar/lexer.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/token_trie.h"

namespace runtime::grammar {

struct StringSlice {
  std::uint32_t longest = 0;          // characters of its tokens
  std::vector<std::uint32_t> bitmap;  // token t: word t/32, bit t%32
  TokenTrie rest;
};

class StringSlices {
 public:
  StringSlices(std::span<const TokenText> tokens, std::uint32_t vocabulary_size);

  // The largest slice whose tokens have at most `characters` characters; null if there is none.
  const StringSlice* for_length(std::uint32_t characters) const;
  const TokenTrie& tails() const { return tails_; }

  // One character that stands for itself in a JSON string.
  static regex::Regex character(regex::Expressions& expressions);
  // Whether every such character leads from `tuple` back to it, and no member ends on the way.
  static bool stays(Lexer& lexer, Tuple tuple);

 private:
  std::array<StringSlice, 3> slices_;  // the largest first
  TokenTrie tails_;
};

}  // namespace runtime::grammar
