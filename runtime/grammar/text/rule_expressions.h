// SPDX-License-Identifier: Apache-2.0
// Which parts of a grammar are regular, and their expressions: parts without calls, and calls of
// regular rules while what they are replaced by stays small.
//
//   item ::= [0-9]+ | list      // the first alternative is, the rule is not if list calls item
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/grammar/list.h"
#include "runtime/grammar/text/rules.h"

namespace runtime::grammar::text {

class RuleExpressions {
 public:
  RuleExpressions(regex::Expressions& expressions, const Rules& rules);

  // Why a terminal has no expression.
  Refusal refusal() const { return refusal_; }
  // With what is ignored before each terminal.
  std::optional<regex::Regex> of(std::uint32_t part) const { return parts_[part].regex; }
  regex::Regex ignored() const { return ignored_; }

 private:
  struct Known {
    enum class State : std::uint8_t { unknown, open, known };

    State state = State::unknown;
    std::optional<regex::Regex> regex;
    std::uint32_t size = 0;
  };

  void look_at_rule(std::uint32_t rule, unsigned depth);
  void look_at(std::uint32_t part, bool in_terminal, unsigned depth);
  Known of_call(const Part& part, bool in_terminal, unsigned depth);
  Known of_parts(const Part& part) const;
  bool are_regular(const Part& part) const;

  regex::Expressions& e_;
  const Rules& rules_;
  List<Known> parts_, known_rules_;
  regex::Regex ignored_ = regex::kEmptyText;
  regex::Regex any_text_;
  Refusal refusal_;
};

}  // namespace runtime::grammar::text
