// SPDX-License-Identifier: Apache-2.0
// Byte pair encoding of one piece of text, by the rule of runtime/formats/tokenizer_bin.h: of all
// neighbours that join into a token, join those of the strongest token first.
//
//   " hello"  ->  " "h"e"l"l"o"  ->  " he" "ll" "o"  ->  " hello"
//
// A piece is first cut where no token reaches across (Vocabulary::joins), which for the Llama 2
// family is before each space: so that most cuts are whole tokens, found by one lookup, and a text
// without pre-tokenizer costs no more than one with. Inside a cut of n symbols the candidates lie
// in a heap: n log n in the worst case.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/vocabulary.h"

namespace runtime::host {

class PairMerger {
 public:
  // Memory that calls reuse.
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
    std::vector<Symbol> symbols;
    std::vector<Candidate> heap;
    bool after_unknown = false;  // the last symbol put out was an unknown token
  };

  // Both must outlive the merger.
  PairMerger(const TokenizerFile& file, const Vocabulary& vocabulary)
      : settings_(file.settings()), byte_tokens_(file.byte_tokens()), vocabulary_(&vocabulary) {}

  // Appends the tokens of `piece`, which is not empty, to `out`.
  void encode(std::string_view piece, Scratch& scratch, std::vector<std::uint32_t>& out) const;

 private:
  void encode_cut(std::string_view cut, Scratch& scratch, std::vector<std::uint32_t>& out) const;
  void split_into_symbols(std::string_view cut, Scratch& scratch) const;
  void consider(std::string_view cut, std::uint32_t left, Scratch& scratch) const;
  void join_all(std::string_view cut, Scratch& scratch) const;
  void put_uncovered(std::string_view character, Scratch& scratch,
                     std::vector<std::uint32_t>& out) const;

  formats::TokenizerSettings settings_;
  PackedList<std::uint32_t> byte_tokens_;
  const Vocabulary* vocabulary_;
};

}  // namespace runtime::host
