// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/regular.h"

#include <utility>

#include "runtime/grammar/text/rules.h"

namespace runtime::grammar::text {

Result<State> add_expression(Grammar& grammar, regex::Regex expression) {
  Rules rules("");
  rules.start = rules.rule("root", 0);
  rules.rules[rules.start].body = rules.add({.kind = Part::Kind::text, .text = expression});
  return add_rules(grammar, std::move(rules));
}

Result<State> add_regex(Grammar& grammar, std::string_view pattern,
                        const regex::PatternOptions& options) {
  const Result<regex::Regex> expression =
      regex::parse_pattern(grammar.expressions(), pattern, options);
  if (!expression) return expression.refusal();
  return add_expression(grammar, *expression);
}

Result<State> add_choices(Grammar& grammar, std::span<const std::string_view> choices) {
  if (choices.empty()) return Refusal{"there is no choice"};
  return add_expression(grammar, grammar.expressions().literals(choices));
}

}  // namespace runtime::grammar::text
