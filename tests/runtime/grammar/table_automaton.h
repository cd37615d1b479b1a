// SPDX-License-Identifier: Apache-2.0
// Grammars written as tables of states, for tests.
//
//   // matched brackets: S = "[" S "]" S | nothing
//   Grammar grammar;
//   add_table(grammar, {{.is_final = true, .edges = {read("[", 1)}}, {.edges = {call(0, 2)}},
//                       {.edges = {read("]", 3)}}, {.is_final = true, .edges = {call(0, 4)}},
//                       {.is_final = true}});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/list.h"

namespace tests {

// One of `words`; with `repeats`, one or more of them.
struct TableEdge {
  bool calls = false;
  std::uint32_t callee = 0;
  std::vector<std::string> words;
  bool repeats = false;
  std::uint32_t next = 0;
  bool captures = false;
};

struct TableState {
  bool is_final = false;
  std::vector<TableEdge> edges;
};

using Table = std::vector<TableState>;

inline TableEdge read(std::string word, std::uint32_t next) {
  return {.words = {std::move(word)}, .next = next};
}
inline TableEdge read_any(std::vector<std::string> words, std::uint32_t next,
                          bool repeats = false) {
  return {.words = std::move(words), .repeats = repeats, .next = next};
}
inline TableEdge call(std::uint32_t callee, std::uint32_t next) {
  return {.calls = true, .callee = callee, .next = next};
}

// Where a capturing edge goes on after it read a text.
using TableAfter =
    std::function<std::optional<std::uint32_t>(std::uint32_t state, std::string_view text)>;

class TableAutomaton final : public runtime::grammar::Automaton {
 public:
  TableAutomaton(runtime::grammar::Grammar& grammar, Table table, TableAfter after)
      : expressions_(grammar.expressions()),
        index_(grammar.next_index()),
        table_(std::move(table)),
        after_(std::move(after)) {}

  bool expand(runtime::grammar::State state,
              runtime::grammar::List<runtime::grammar::Edge>& edges) override {
    using runtime::grammar::Edge;
    const TableState& row = table_[state.local()];
    for (const TableEdge& edge : row.edges) {
      edges.push_back(edge.calls ? Edge::call(at(edge.callee), at(edge.next))
                                 : Edge::read(expression(edge), at(edge.next)));
      edges.back().captures = edge.captures;
    }
    return row.is_final;
  }

  std::optional<runtime::grammar::State> after(runtime::grammar::State state, std::size_t,
                                               std::string_view text) override {
    const std::optional<std::uint32_t> next = after_(state.local(), text);
    if (!next) return std::nullopt;
    return at(*next);
  }

 private:
  runtime::grammar::State at(std::uint32_t local) const {
    return runtime::grammar::State::of(index_, local);
  }
  runtime::grammar::regex::Regex expression(const TableEdge& edge) {
    std::vector<std::string_view> words(edge.words.begin(), edge.words.end());
    const auto once = expressions_.literals(words);
    return edge.repeats ? expressions_.repeat(once, 1, runtime::grammar::regex::kUnbounded) : once;
  }

  runtime::grammar::regex::Expressions& expressions_;
  std::uint32_t index_;
  Table table_;
  TableAfter after_;
};

// Adds the table and starts the grammar at its state 0.
inline void add_table(runtime::grammar::Grammar& grammar, Table table, TableAfter after = {}) {
  const std::uint32_t index = grammar.next_index();
  grammar.add(std::make_unique<TableAutomaton>(grammar, std::move(table), std::move(after)));
  grammar.set_start(runtime::grammar::State::of(index, 0));
}

}  // namespace tests
