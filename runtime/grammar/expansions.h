// SPDX-License-Identifier: Apache-2.0
// Expansions: what a grammar's automata answered, asked once per state.
//
//   const Expansion e = expansions.of(state);
//   for (std::uint32_t i = 0; i < e.count; ++i) follow(expansions.edge(e.first + i));
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

struct Expansion {
  std::uint32_t first = 0;  // of its edges
  std::uint32_t count = 0;
  bool is_final = false;

  bool is_end() const { return is_final && count == 0; }
};

class Expansions {
 public:
  explicit Expansions(Grammar& grammar) : grammar_(grammar) {}

  // Both by value: asking for one state may make others.
  Expansion of(State state);
  Edge edge(std::uint32_t index) const { return edges_[index]; }

  void clear();
  std::size_t bytes() const;

 private:
  struct Known {
    State state;
    Expansion expansion;
  };

  Grammar& grammar_;
  List<Known> known_;
  List<Edge> edges_;
  IdTable ids_;
};

}  // namespace runtime::grammar
