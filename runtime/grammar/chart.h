// SPDX-License-Identifier: Apache-2.0
// Chart: all readings of a text at once. A place in a text is a row (chart_store.h: what may come
// next, and where to go on) and a tuple (lexer.h: what is left to read of the row's expressions).
//
//   Place place = chart.start();
//   chart.step(place, '[', 0, place);    // the lexer's table alone, until some expression ends
//
// A byte after which no expression ends is one look-up. Where some end, their continuations and the
// expressions that can go on make a new row; which one is remembered for (row, tuple), so that the
// tokens of a mask that meet the same border pay for it once. Rows that depend on the text, because
// an automaton wants to see it, are worked out each time.
//
// Law: a place that step gives is never a dead end, provided that the automata keep theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/grammar/chart_closure.h"
#include "runtime/grammar/chart_store.h"
#include "runtime/grammar/expansions.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/lexer.h"

namespace runtime::grammar {

struct Place {
  Tuple tuple = Tuple::kDead;
  RowId row = 0;
  std::uint32_t depth = 0;  // rows before this one
  bool complete = false;    // the text up to here is one of the grammar's
};

class Chart {
 public:
  explicit Chart(Grammar& grammar);
  Chart(const Chart&) = delete;
  Chart& operator=(const Chart&) = delete;

  // Before the first byte. Its tuple is kDead, and it is not complete, where the grammar has no
  // text.
  Place start();

  // Reads byte number `position`, after a text that led to `from`; false where the grammar has no
  // text that goes on so. The chart holds the one text that was stepped through last: a second text
  // may be tried from an earlier place by stepping from there.
  bool step(const Place& from, std::uint8_t byte, std::size_t position, Place& to) {
    const Tuple next = lexer_.next(from.tuple, byte);
    if (next == Tuple::kDead) return false;
    if (position >= text_.size()) text_.resize(position + kTextGrowth);
    text_[position] = static_cast<char>(byte);
    if (!ends(next)) {
      to = {next, from.row, from.depth, false};
      return true;
    }
    return begin_row(from, next, position, to);
  }

  // Bytes [first, last) of the text.
  std::string_view text(std::size_t first, std::size_t last) const {
    return std::string_view(text_).substr(first, last - first);
  }

  // Whether an automaton was asked about the text since the last call: what was found then holds
  // for that text alone.
  bool take_asked() {
    const bool asked = asked_;
    asked_ = false;
    return asked;
  }

  Lexer& lexer() { return lexer_; }
  Grammar& grammar() { return grammar_; }

  // Forgets everything but the text. Places that were given out are void.
  void clear();
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kTextGrowth = 256;

  struct Transition {
    RowId from = 0;
    Tuple tuple = Tuple::kDead;
    RowId to = 0;
  };

  bool begin_row(const Place& from, Tuple next, std::size_t position, Place& to);
  RowId make_row(const Place& from, Tuple next, std::size_t position);
  bool enter(RowId row, std::uint32_t depth, Place& to) const;

  Grammar& grammar_;
  Lexer lexer_;
  Expansions expansions_;
  ChartStore store_;
  ChartClosure closure_;
  std::vector<Transition> transitions_;
  IdTable transition_ids_;
  std::string text_;
  std::vector<std::uint32_t> row_starts_;  // by depth: the byte before which the row lies
  bool asked_ = false;
};

}  // namespace runtime::grammar
