// SPDX-License-Identifier: Apache-2.0
// MaskMaker: which tokens may come next. A mask holds one bit per token: token t is bit t%32 of
// word t/32.
//
//   MaskMaker masks(chart, index);
//   masks.fill(recognizer, words);
//
// Law: bit t is set exactly where some text of the grammar goes on with the text of t, or t ends an
// answer and the text is complete.
//
// How: the tokens that are text of a string are all allowed or walked as far as that is not clear
// (lookahead.h), then all others are walked. Short tokens and long ones are looked at apart, each
// from a tuple that only tells what such tokens can tell (Lexer::within); of long ones there are so
// few that looking ahead would take longer than walking. What was found holds
// wherever the chart is in the same row with the same tuple, and is kept, unless an automaton asked
// for the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/grammar/chart.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/lookahead.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/token_index.h"
#include "runtime/grammar/trie_walk.h"

namespace runtime::grammar {

class MaskMaker {
 public:
  MaskMaker(Chart& chart, const TokenIndex& index)
      : chart_(chart),
        index_(index),
        generation_(chart.generation()),
        lookahead_(chart.lexer(), chart.grammar().expressions()) {}

  // Writes index.mask_words() words. False where the grammar's fuel ran out: then they are zero.
  bool fill(Recognizer& recognizer, std::span<std::uint32_t> words);

  std::size_t bytes() const { return kept_words_.capacity() * sizeof(std::uint32_t); }

 private:
  static constexpr std::size_t kMaxKeptWords = 1U << 20;

  // Of a row and tuple the tokens inside strings or none, and those for which that is wrong, as
  // ids; or a bitmap.
  struct Kept {
    RowId row = 0;
    Tuple tuple = Tuple::kDead;
    bool is_long = false;
    bool inside = false;
    bool bitmap = false;
    std::uint32_t first = 0;  // in kept_words_
    std::uint32_t count = 0;
  };

  const Kept* find(const Kept& wanted) const;
  void keep(Kept kept, std::span<const std::uint32_t> words);
  void write(const StringTokens& tokens, bool inside, std::span<const std::uint32_t> ids,
             std::span<std::uint32_t> words) const;
  bool add(const Reading& reading, const StringTokens& tokens, bool is_long,
           std::span<std::uint32_t> words);
  bool search(const Reading& reading, const StringTokens& tokens, const Kept& kept);
  void find_by_length(const StringTokens& tokens, std::uint32_t limit, bool longer);
  void forget();

  Chart& chart_;
  const TokenIndex& index_;
  std::uint32_t generation_;
  Lookahead lookahead_;
  TrieWalk walk_;
  List<std::uint32_t> found_;
  bool asked_ = false;  // by the last search
  List<Kept> kept_;
  List<std::uint32_t> kept_words_;
  IdTable kept_ids_;
};

}  // namespace runtime::grammar
