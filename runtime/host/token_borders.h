// SPDX-License-Identifier: Apache-2.0
// Which tokens can stand side by side, by the merge rule of runtime/formats/tokenizer_bin.h.
//
//   " hello" | " world"    holds
//   "hel" | "lo"           does not: merging "hello" gives "hello"
//
// The rule joins the strongest pair of a whole text, again and again. Yet its result can be told
// from neighbours alone: tokens t1 t2 ... tn are what the rule gives for their text if and only if
// merging each token's own bytes gives that token, and merging the bytes of each ti ti+1 gives
// these two. For until a merge crosses one of the borders, each token's bytes are merged as if they
// stood alone; and the first merge that crosses a border would have crossed it with only the two
// tokens there, because what is joined next in their bytes depends on these bytes only.
//
// To decide a border, the merges of both sides are undone, the latest first. What stands at the
// border in between are the pairs that could have crossed it; a pair does if it is stronger than
// the merge that took one of its parts away. This needs a token's merges to happen in order of
// strength. Where they do not (a part that ranks after its result) the two are merged in full.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/vocabulary.h"

namespace runtime::host {

class TokenBorders {
 public:
  // Memory that calls reuse, for one vocabulary.
  struct Scratch {
    // A run of bytes that is one token so far; kNoToken: a character that no token covers.
    struct Symbol {
      std::uint32_t start = 0;
      std::uint32_t bytes = 0;  // 0: it has been joined to the symbol before it
      std::uint32_t token = 0;
      std::uint32_t previous = 0;
      std::uint32_t next = 0;
    };
    struct Candidate {
      std::uint64_t priority = 0;  // rank of the result, then id of the left symbol; least first
      std::uint32_t symbol = 0;    // the left one
      std::uint32_t bytes = 0;     // of both
      std::uint32_t token = 0;     // that they join into
    };
    // The last merge that gives a token: of which two, and the token's rank.
    struct Merge {
      std::uint32_t left = 0;  // or one of the values in token_borders.cpp
      std::uint32_t right = 0;
      std::uint32_t rank = 0;
    };
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
    std::vector<Merge> merges;           // by token: as far as they were asked for
    std::vector<std::uint32_t> decided;  // borders, each with its answer, at their hashes
  };

  // Both must outlive this.
  TokenBorders(const TokenizerFile& file, const Vocabulary& vocabulary)
      : bytes_are_symbols_((file.settings().flags & formats::kTextBytes) != 0),
        vocabulary_(&vocabulary) {}

  // Whether `left` and `right`, with kTokenWhole, stay two tokens where, in `text`, the bytes of
  // one end and those of the other begin at `border`.
  bool holds(std::uint32_t left, std::uint32_t right, std::string_view text, std::size_t border,
             Scratch& scratch) const;

 private:
  using Merge = Scratch::Merge;
  struct Joined {
    std::uint64_t priority = 0;
    Merge parts;
    std::uint32_t start = 0;  // in bytes
    std::uint32_t end = 0;
  };

  bool decide(std::uint32_t left, std::uint32_t right, std::string_view text, std::size_t border,
              Scratch& scratch) const;
  bool holds_when_merged(std::uint32_t left, std::uint32_t right, std::string_view text,
                         std::size_t border, Scratch& scratch) const;
  std::uint64_t priority_of_joining(std::uint32_t left, std::uint32_t right, std::string_view text,
                                    std::size_t border) const;
  Merge last_merge(std::uint32_t token, Scratch& scratch) const;
  Merge find_last_merge(std::uint32_t token, Scratch& scratch) const;

  // The merging itself: all symbols, then one merge after another.
  void start(std::string_view text, Scratch& scratch) const;
  bool join_next(std::string_view text, Scratch& scratch, Joined& joined) const;
  void consider(std::string_view text, std::uint32_t left, Scratch& scratch) const;

  bool bytes_are_symbols_;
  const Vocabulary* vocabulary_;
};

}  // namespace runtime::host
