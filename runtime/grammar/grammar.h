// SPDX-License-Identifier: Apache-2.0
// Grammar: the automata that constrain one answer, with the expressions on their edges. A front end
// (JSON Schema, Lark, GBNF, a tool format) adds an automaton and returns its first state; others
// call that state.
//
//   Grammar grammar;
//   auto start = schema::add_json_schema(grammar, text, {});
//   if (!start) return report(start.refusal());
//   grammar.set_start(*start);
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/fuel.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar {

class Grammar {
 public:
  static constexpr std::uint32_t kMaxAutomata = 1U << (32 - State::kLocalBits);

  Grammar() : expressions_(fuel_) {}

  // The index that the states of the next automaton carry. Less than kMaxAutomata: ask has_room().
  std::uint32_t next_index() const { return static_cast<std::uint32_t>(automata_.size()); }
  bool has_room() const { return automata_.size() < kMaxAutomata; }
  void add(std::unique_ptr<Automaton> automaton) { automata_.push_back(std::move(automaton)); }

  void set_start(State start) { start_ = start; }
  State start() const { return start_; }

  Automaton& of(State state) { return *automata_[state.automaton()]; }
  regex::Expressions& expressions() { return expressions_; }
  Fuel& fuel() { return fuel_; }
  Arena& arena() { return expressions_.arena(); }

 private:
  Fuel fuel_;
  regex::Expressions expressions_;
  List<std::unique_ptr<Automaton>> automata_;
  State start_;
};

}  // namespace runtime::grammar
