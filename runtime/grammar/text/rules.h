// SPDX-License-Identifier: Apache-2.0
// Rules: a context-free grammar as the front ends read it, and its automaton.
//
//   list ::= "[" (item ("," item)*)? "]"     item ::= [0-9]+ | list
//
// What is regular becomes one expression per piece ("," or [0-9]+ above); what calls itself becomes
// calls. Alternatives that match no text at all are left out. Rules may be left-recursive and may
// match the empty text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::text {

struct Part {
  enum class Kind : std::uint8_t {
    text,        // what `text` matches
    call,        // what rules[rule] matches
    sequence,    // parts, one after the other
    either,      // any of parts
    repeat,      // parts[0], min to max times
    both,        // parts, all of them; in terminals only
    complement,  // texts that are not parts[0]; in terminals only
  };

  Kind kind = Kind::sequence;
  regex::Regex text = regex::kEmptyText;
  std::uint32_t rule = 0;
  std::uint32_t min = 1, max = 1;
  List<std::uint32_t> parts;
};

struct Rule {
  std::string_view name;
  std::size_t at = 0;  // where in the text it is first named
  std::optional<std::uint32_t> body;
  bool is_terminal = false;  // regular, and read as one piece
};

class Rules {
 public:
  // `text` is what the rules are written in; refusals name places in it.
  explicit Rules(std::string_view text = {}) : text(text) {}

  std::string_view text;
  List<Part> parts;
  List<Rule> rules;
  std::uint32_t start = 0;
  // What may stand before each terminal, and at the end, any number of times.
  std::optional<std::uint32_t> ignored;

  std::uint32_t add(Part part);
  // The rule of this name; made where it is first named.
  std::uint32_t rule(std::string_view name, std::size_t at);
  // Of a rule: its name and what about it.
  Refusal refusal(Arena& arena, std::uint32_t rule, std::string_view message) const;

 private:
  IdTable by_name_;
};

// Adds the automaton of rules that could be read; returns the first state of the rule `start`.
// Refused: rules that are named but not defined, terminals that call themselves, a grammar that
// matches no text.
Result<State> add_rules(Grammar& grammar, Result<Rules> read);

}  // namespace runtime::grammar::text
