// SPDX-License-Identifier: Apache-2.0
// Byte pair encoding of one piece of text, by the rule of runtime/formats/tokenizer_bin.h: of all
// neighbours that join into a token, join those of the strongest token first.
//
//   " hello"  ->  " "h"e"l"l"o"  ->  " he" "ll" "o"  ->  " hello"
//
// Most pieces are whole tokens, found by one lookup. Where the vocabulary's texts have no
// pre-tokenizer (the Llama 2 family), a text is first cut where no token reaches across
// (Vocabulary::joins), which is before each space, so that the same holds there.
//
// What is left is not merged, but walked from the left: take the longest token that the text goes
// on with and that can stand after the one before (TokenBorders); where there is none, step back
// and take a shorter one. That finds the merges' result, because it is the only sequence of tokens
// whose borders all hold. From one place there is but one way back to the start, so a place that
// has led nowhere is not entered again: the time is linear in the length of the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/token_borders.h"
#include "runtime/host/vocabulary.h"

namespace runtime::host {

class PairMerger {
 public:
  // Memory that calls reuse, for one vocabulary.
  struct Scratch {
    TokenBorders::Scratch borders;
    std::vector<std::uint64_t> dead_ends;  // one bit for each place in the cut
    bool after_unknown = false;            // the last symbol put out was an unknown token
  };

  // Both must outlive the merger.
  PairMerger(const TokenizerFile& file, const Vocabulary& vocabulary)
      : settings_(file.settings()),
        byte_tokens_(file.byte_tokens()),
        vocabulary_(&vocabulary),
        borders_(file, vocabulary) {}

  // Appends the tokens of `piece`, which is not empty, to `out`.
  void encode(std::string_view piece, Scratch& scratch, std::vector<std::uint32_t>& out) const;

 private:
  void encode_cut(std::string_view cut, Scratch& scratch, std::vector<std::uint32_t>& out) const;
  void walk(std::string_view cut, Scratch& scratch, std::vector<std::uint32_t>& out) const;
  std::uint32_t next_token(std::string_view cut, std::size_t at, std::size_t limit,
                           std::uint32_t before, Scratch& scratch) const;
  bool is_uncovered(std::string_view rest) const;
  void put_uncovered(std::string_view character, Scratch& scratch,
                     std::vector<std::uint32_t>& out) const;

  formats::TokenizerSettings settings_;
  PackedList<std::uint32_t> byte_tokens_;
  const Vocabulary* vocabulary_;
  TokenBorders borders_;
};

}  // namespace runtime::host
