// SPDX-License-Identifier: Apache-2.0
// The unigram model: of all ways to write a piece as tokens, the one of the highest score
// (runtime/formats/tokenizer_bin.h), found by Viterbi's algorithm in one pass over the piece.
//
//   " hello"  ->  " hel" "lo" (-9.1 - 8.2)   or   " hello" (-10.4)   ->  " hello"
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/prefix_tree.h"

namespace runtime::host {

class Unigram {
 public:
  // Memory that calls reuse.
  struct Scratch {
    struct Best {  // way to write the piece up to here
      double score = 0;
      std::uint32_t start = 0;  // where its last token starts
      std::uint32_t token = 0;  // that token; kNoToken: a character that none covers
    };
    std::vector<Best> best;
    std::vector<std::uint32_t> ends;  // of the tokens of the whole piece, the last first
  };

  explicit Unigram(const TokenizerFile& file);

  // Appends the tokens of `piece`, which is not empty, to `out`.
  void encode(const PrefixTree& tree, std::string_view piece, Scratch& scratch,
              std::vector<std::uint32_t>& out) const;

 private:
  void find_best(const PrefixTree& tree, std::string_view piece, Scratch& scratch) const;
  void put_uncovered(std::string_view text, std::vector<std::uint32_t>& out) const;

  formats::TokenizerSettings settings_;
  PackedList<std::uint32_t> byte_tokens_;
  PackedList<float> scores_;
  double score_of_uncovered_ = 0;
};

}  // namespace runtime::host
