// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/rule_expressions.h"

#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/code_points.h"

namespace runtime::grammar::text {
namespace {

using regex::Regex;
using Kind = Part::Kind;

constexpr std::uint32_t kMaxSize = 2000;  // of an expression that replaces calls
constexpr std::uint32_t kMaxTerminal = 100'000;
constexpr unsigned kMaxDepth = 300;  // of parts in parts, from where on calls stay calls

}  // namespace

RuleExpressions::RuleExpressions(regex::Expressions& expressions, const Rules& rules)
    : e_(expressions),
      rules_(rules),
      parts_(rules.parts.size()),
      known_rules_(rules.rules.size()),
      any_text_(e_.repeat(spelled(e_, regex::CodePoints::all(), regex::Text::utf8), 0,
                          regex::kUnbounded)) {
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i)
    if (rules.rules[i].is_terminal) look_at_rule(i, 0);
  if (rules.ignored) {
    look_at(*rules.ignored, true, 0);
    if (const auto ignored = of(*rules.ignored))
      ignored_ = e_.repeat(*ignored, 0, regex::kUnbounded);
  }
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i) look_at_rule(i, 0);
}

void RuleExpressions::look_at_rule(std::uint32_t index, unsigned depth) {
  if (known_rules_[index].state != Known::State::unknown) return;
  const Rule& rule = rules_.rules[index];
  known_rules_[index].state = Known::State::open;
  look_at(*rule.body, rule.is_terminal, depth + 1);
  Known known = parts_[*rule.body];
  if (known.size > (rule.is_terminal ? kMaxTerminal : kMaxSize)) known.regex.reset();
  known_rules_[index] = known;
  if (rule.is_terminal && !known.regex && !refusal_)
    refusal_ = rules_.refusal(e_.arena(), index, "is a terminal that calls itself or is too large");
}

void RuleExpressions::look_at(std::uint32_t index, bool in_terminal, unsigned depth) {
  const Part& part = rules_.parts[index];
  for (const std::uint32_t inner : part.parts) look_at(inner, in_terminal, depth + 1);
  const bool is_read_alone = in_terminal || part.text == regex::kEmptyText;
  Known known;
  if (part.kind == Kind::call)
    known = of_call(part, in_terminal, depth);
  else if (part.kind == Kind::text)
    known = {.regex = is_read_alone ? part.text : e_.concat(ignored_, part.text), .size = 1};
  else if (are_regular(part))
    known = of_parts(part);
  known.state = Known::State::known;
  parts_[index] = known;
}

RuleExpressions::Known RuleExpressions::of_call(const Part& part, bool in_terminal,
                                                unsigned depth) {
  // An open rule calls itself.
  if (depth < kMaxDepth) look_at_rule(part.rule, depth);
  Known known = known_rules_[part.rule];
  if (known.state != Known::State::known) known.regex.reset();
  if (known.regex && rules_.rules[part.rule].is_terminal && !in_terminal)
    known.regex = e_.concat(ignored_, *known.regex);
  return known;
}

bool RuleExpressions::are_regular(const Part& part) const {
  return std::ranges::all_of(part.parts,
                             [&](std::uint32_t inner) { return parts_[inner].regex.has_value(); });
}

RuleExpressions::Known RuleExpressions::of_parts(const Part& part) const {
  List<Regex> parts;
  Known known = {.size = 1};
  for (const std::uint32_t inner : part.parts) {
    parts.push_back(*parts_[inner].regex);
    known.size += parts_[inner].size;
  }
  switch (part.kind) {
    case Kind::either:
      known.regex = e_.either(parts);
      break;
    case Kind::repeat:
      known.regex = e_.repeat(parts[0], part.min, part.max);
      break;
    case Kind::both:
      known.regex = e_.both(parts);
      break;
    case Kind::complement:
      known.regex = e_.without(any_text_, parts[0]);
      break;
    default:
      known.regex = e_.concat(parts);
      break;
  }
  return known;
}

}  // namespace runtime::grammar::text
