// SPDX-License-Identifier: Apache-2.0
// What every grammar becomes: a recursive automaton whose states are made when they are first asked
// for. A state may be final and has edges; an edge reads a text that a regular expression matches,
// or calls another state and goes on when the callee has reached a final state.
//
//   array of numbers:  start -- "[" --> first;   first -- "]" --> end (final)
//                      first -- call number --> more;  more -- "," --> item -- call number --> more
//
// States made on demand replace the parameters of parametric grammars: "the object has seen a and
// c, and two further keys" is a state, and only the states that a text visits come to be.
//
// Laws, which the matcher relies on (a mask is exact and never empty because of them):
//   1. the expression of a text edge matches some text and not the empty one;
//   2. from every state that is handed out, a final state can be reached by some text;
//   3. what expand and after return for the same arguments never changes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar {

// Upper bits: which automaton of the grammar; lower bits: which state of it.
struct State {
  static constexpr std::uint32_t kLocalBits = 22;

  std::uint32_t id = 0;

  static State of(std::uint32_t automaton, std::uint32_t local) {
    return {automaton << kLocalBits | local};
  }
  std::uint32_t automaton() const { return id >> kLocalBits; }
  std::uint32_t local() const { return id & ((1U << kLocalBits) - 1); }
  friend bool operator==(State, State) = default;
};

struct Edge {
  enum class Kind : std::uint8_t { text, call };

  Kind kind = Kind::text;
  // The automaton wants to see the text that the edge read (or the callee read): where it goes on,
  // or that it does not, is asked of after(). `next` is unused then.
  bool captures = false;
  regex::Regex text = regex::kNothing;  // of text edges
  State callee;                         // of call edges
  State next;

  static Edge read(regex::Regex text, State next) { return {Kind::text, false, text, {}, next}; }
  static Edge call(State callee, State next) { return {Kind::call, false, {}, callee, next}; }
};

class Automaton {
 public:
  virtual ~Automaton() = default;

  // Whether `state` is final; its edges are appended to `edges`.
  virtual bool expand(State state, List<Edge>& edges) = 0;

  // Where a capturing edge of `state` leads after it read `text`; none if that text is not allowed.
  // For law 2: whenever some text of the edge can still be completed, one that is allowed can be.
  virtual std::optional<State> after(State state, std::size_t edge, std::string_view text);
};

}  // namespace runtime::grammar
