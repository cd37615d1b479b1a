// SPDX-License-Identifier: Apache-2.0
// Chart: all readings of a text at once. A place in a text is a row (chart_store.h: what may come
// next, and where to go on) and a tuple (lexer.h: what is left to read of the row's expressions).
//
//   Trace trace;
//   Place place = chart.start(trace);
//   chart.step(trace, place, '[', 0, place);    // the lexer's table alone, until an expression
//   ends
//
// A byte after which no expression ends is one look-up. Where some end, their continuations and the
// expressions that can go on make a new row; which one is remembered for (row, tuple), so that the
// tokens of a mask that meet the same border pay for it once. Rows that depend on the text, because
// an automaton wants to see it, are worked out each time.
//
// A chart holds what is true of the grammar, a trace what is true of one text: any number of texts,
// one after another or by turns, share a chart and what it has remembered.
//
// Law: a place that step gives is never a dead end, provided that the automata keep theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/chart_closure.h"
#include "runtime/grammar/chart_store.h"
#include "runtime/grammar/expansions.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/lexer.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

struct Place {
  Tuple tuple = Tuple::kDead;
  RowId row = 0;
  std::uint32_t depth = 0;  // rows before this one
  bool complete = false;    // the text up to here is one of the grammar's
};

// The text that was stepped through last, with the places where its rows begin. Another text may be
// tried from an earlier place by stepping from there.
struct Trace {
  ByteString text;
  List<std::uint32_t> row_starts = List<std::uint32_t>(1);  // by depth, in bytes
};

class Chart {
 public:
  explicit Chart(Grammar& grammar);
  Chart(const Chart&) = delete;
  Chart& operator=(const Chart&) = delete;

  // Before the first byte. Its tuple is kDead, and it is not complete, where the grammar has no
  // text.
  Place start(const Trace& trace);

  // Reads byte number `position`, after a text that led to `from`; false where the grammar has no
  // text that goes on so.
  bool step(Trace& trace, const Place& from, std::uint8_t byte, std::size_t position, Place& to) {
    const Tuple next = lexer_.next(from.tuple, byte);
    if (next == Tuple::kDead) return false;
    write(trace, byte, position);
    if (!ends(next)) {
      to = {next, from.row, from.depth, false};
      return true;
    }
    return begin_row(trace, from, next, position, to);
  }

  // Whether step() would be true: what comes behind the byte is not looked for.
  bool allows(Trace& trace, const Place& from, std::uint8_t byte, std::size_t position) {
    const Tuple next = lexer_.next(from.tuple, byte);
    if (!ends(next)) return next != Tuple::kDead;
    write(trace, byte, position);
    return ends_well(trace, from, next, position);
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

  // Forgets everything. Places that were given out before are void.
  void clear();
  // How often everything was forgotten.
  std::uint32_t generation() const { return generation_; }
  std::size_t bytes() const;

 private:
  static constexpr std::size_t kTextGrowth = 256;
  static constexpr std::uint32_t kAnyDepth = 0xffff'ffff;

  struct Transition {
    RowId from = 0;
    Tuple tuple = Tuple::kDead;
    std::uint32_t depth = kAnyDepth;  // of `to`, where that tells where texts began
    RowId to = 0;
  };

  static void write(Trace& trace, std::uint8_t byte, std::size_t position) {
    if (position >= trace.text.size()) trace.text.resize(position + kTextGrowth);
    trace.text[position] = static_cast<char>(byte);
  }

  bool ends_well(Trace& trace, const Place& from, Tuple next, std::size_t position);
  bool begin_row(Trace& trace, const Place& from, Tuple next, std::size_t position, Place& to);
  RowId make_row(const Trace& trace, const Place& from, Tuple next, std::size_t position);
  bool enter(RowId row, std::uint32_t depth, Place& to) const;

  Grammar& grammar_;
  Lexer lexer_;
  Expansions expansions_;
  ChartStore store_;
  ChartClosure closure_;
  List<Transition> transitions_;
  IdTable transition_ids_;
  std::uint32_t generation_ = 0;
  bool asked_ = false;
};

}  // namespace runtime::grammar
