// SPDX-License-Identifier: Apache-2.0
// RuleAutomaton: the automaton of written rules. It is drawn with empty steps, as Thompson did;
// finish() takes those out together with what leads nowhere, and then it is a table.
//
//   RuleAutomaton automaton(grammar.next_index());
//   const auto list = automaton.add_rule();
//   automaton.add_text(automaton.start_of(list), brackets, automaton.end_of(list));
//   automaton.finish(grammar.expressions());
#pragma once

#include <cstdint>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::text {

class RuleAutomaton : public Automaton {
 public:
  explicit RuleAutomaton(std::uint32_t index) : index_(index) {}

  std::uint32_t add_rule();
  std::uint32_t add_state();
  std::uint32_t start_of(std::uint32_t rule) const { return rules_[rule].start; }
  std::uint32_t end_of(std::uint32_t rule) const { return rules_[rule].end; }
  void add_step(std::uint32_t from, std::uint32_t to);
  void add_text(std::uint32_t from, regex::Regex text, std::uint32_t to);  // not the empty one
  void add_call(std::uint32_t from, std::uint32_t rule, std::uint32_t to);

  // Whether it may not grow further.
  bool is_full() const;
  // False if it is too large.
  bool finish(regex::Expressions& expressions);
  // Whether some text leads from its start to its end; after finish().
  bool is_productive(std::uint32_t rule) const { return rules_[rule].is_productive; }

  bool expand(State state, List<Edge>& edges) override;

 private:
  enum class Kind : std::uint8_t { step, text, call };
  struct Arrow {
    Kind kind;
    regex::Regex text;
    std::uint32_t rule;
    std::uint32_t to;
    std::uint32_t next;  // of the same state; kNone after the last
  };
  struct RuleStates {
    std::uint32_t start, end;
    bool is_productive = false;
  };
  struct Row {
    std::uint32_t first = 0, count = 0;  // of edges_
    bool is_final = false;
  };

  static constexpr std::uint32_t kNone = 0xffffffff;

  void add(std::uint32_t from, Kind kind, regex::Regex text, std::uint32_t rule, std::uint32_t to);
  bool can_be_taken(const Arrow& arrow) const {
    return arrow.kind != Kind::call || rules_[arrow.rule].is_productive;
  }
  void find_productive_states();
  void gather(std::uint32_t state, Row& row);
  void join_texts(const Row& row, regex::Expressions& expressions);

  std::uint32_t index_;
  List<RuleStates> rules_;
  List<Arrow> arrows_;
  List<std::uint32_t> first_arrows_;  // by state
  List<bool> is_end_;                 // of a rule
  List<bool> is_productive_;          // an end can be reached
  List<std::uint32_t> seen_by_, to_see_;
  List<Row> rows_;
  List<Edge> edges_;
};

}  // namespace runtime::grammar::text
