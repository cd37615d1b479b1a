// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/rules.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/text/rule_automaton.h"
#include "runtime/grammar/text/rule_expressions.h"

namespace runtime::grammar::text {
namespace {

using Kind = Part::Kind;

// A repeat of calls takes a state for each count.
constexpr std::uint32_t kMaxCalls = 10'000;

// Draws the rules as an automaton, state by state.
class Drawing {
 public:
  Drawing(Grammar& grammar, const Rules& rules, RuleExpressions& expressions,
          RuleAutomaton& automaton)
      : grammar_(grammar), rules_(rules), expressions_(expressions), automaton_(automaton) {}

  void draw();
  Refusal refusal() const { return refusal_; }

 private:
  void draw(std::uint32_t part, std::uint32_t from, std::uint32_t to);
  void draw_sequence(const Part& part, std::uint32_t from, std::uint32_t to);
  void draw_either(const Part& part, std::uint32_t from, std::uint32_t to);
  void draw_repeat(const Part& part, std::uint32_t from, std::uint32_t to);
  void draw_text(regex::Regex text, std::uint32_t from, std::uint32_t to);

  Grammar& grammar_;
  const Rules& rules_;
  RuleExpressions& expressions_;
  RuleAutomaton& automaton_;
  Refusal refusal_;
};

void Drawing::draw() {
  for (std::uint32_t i = 0; i < rules_.rules.size(); ++i) automaton_.add_rule();
  for (std::uint32_t i = 0; i < rules_.rules.size() && !refusal_; ++i) {
    if (i == rules_.start && rules_.ignored) continue;
    draw(*rules_.rules[i].body, automaton_.start_of(i), automaton_.end_of(i));
  }
  if (!rules_.ignored) return;
  // Only the whole text ends with what is ignored.
  const std::uint32_t last = automaton_.add_state();
  draw(*rules_.rules[rules_.start].body, automaton_.start_of(rules_.start), last);
  draw_text(expressions_.ignored(), last, automaton_.end_of(rules_.start));
}

void Drawing::draw(std::uint32_t index, std::uint32_t from, std::uint32_t to) {
  if (automaton_.is_full()) return;
  if (const auto text = expressions_.of(index)) return draw_text(*text, from, to);
  const Part& part = rules_.parts[index];
  switch (part.kind) {
    case Kind::call:
      return automaton_.add_call(from, part.rule, to);
    case Kind::sequence:
      return draw_sequence(part, from, to);
    case Kind::either:
      return draw_either(part, from, to);
    default:
      return draw_repeat(part, from, to);  // the others are regular
  }
}

void Drawing::draw_text(regex::Regex text, std::uint32_t from, std::uint32_t to) {
  regex::Expressions& e = grammar_.expressions();
  if (e.is_nullable(text)) automaton_.add_step(from, to);
  const regex::Regex some = e.without(text, regex::kEmptyText);
  if (!e.is_nothing(some)) automaton_.add_text(from, some, to);
}

// Neighbours that are regular are one text.
void Drawing::draw_sequence(const Part& part, std::uint32_t from, std::uint32_t to) {
  for (std::size_t i = 0; i < part.parts.size();) {
    regex::Regex run = regex::kEmptyText;
    std::size_t end = i;
    for (; end < part.parts.size(); ++end) {
      const auto text = expressions_.of(part.parts[end]);
      if (!text) break;
      run = grammar_.expressions().concat(run, *text);
    }
    const std::size_t next = std::max(end, i + 1);
    const std::uint32_t state = next == part.parts.size() ? to : automaton_.add_state();
    if (end > i)
      draw_text(run, from, state);
    else
      draw(part.parts[i], from, state);
    from = state;
    i = next;
  }
}

void Drawing::draw_either(const Part& part, std::uint32_t from, std::uint32_t to) {
  List<regex::Regex> texts;
  for (const std::uint32_t alternative : part.parts) {
    if (const auto text = expressions_.of(alternative))
      texts.push_back(*text);
    else
      draw(alternative, from, to);
  }
  if (!texts.empty()) draw_text(grammar_.expressions().either(texts), from, to);
}

void Drawing::draw_repeat(const Part& part, std::uint32_t from, std::uint32_t to) {
  const bool is_bounded = part.max != regex::kUnbounded;
  if ((is_bounded ? part.max : part.min) > kMaxCalls) {
    Arena& arena = grammar_.arena();
    refusal_ = {arena.join({"a repeat of rules goes beyond ", arena.decimal(kMaxCalls)})};
    return;
  }
  const Part& body = rules_.parts[part.parts[0]];
  std::uint32_t rule = body.rule;
  if (body.kind != Kind::call) {
    rule = automaton_.add_rule();
    draw(part.parts[0], automaton_.start_of(rule), automaton_.end_of(rule));
  }
  for (std::uint32_t i = 0; i < part.min; ++i) {
    const std::uint32_t next = automaton_.add_state();
    automaton_.add_call(from, rule, next);
    from = next;
  }
  if (!is_bounded) {
    const std::uint32_t loop = automaton_.add_state();
    automaton_.add_step(from, loop);
    automaton_.add_call(loop, rule, loop);
    return automaton_.add_step(loop, to);
  }
  for (std::uint32_t i = part.min; i < part.max; ++i) {
    const std::uint32_t next = automaton_.add_state();
    automaton_.add_step(from, to);
    automaton_.add_call(from, rule, next);
    from = next;
  }
  automaton_.add_step(from, to);
}

}  // namespace

std::uint32_t Rules::add(Part part) {
  parts.push_back(std::move(part));
  return static_cast<std::uint32_t>(parts.size() - 1);
}

std::uint32_t Rules::rule(std::string_view name, std::size_t at) {
  const std::uint32_t hash = hash_of(name);
  const std::uint32_t known =
      by_name_.find(hash, [&](std::uint32_t id) { return rules[id].name == name; });
  if (known != IdTable::kNone) return known;
  rules.push_back({.name = name, .at = at});
  const auto index = static_cast<std::uint32_t>(rules.size() - 1);
  by_name_.insert(hash, index);
  return index;
}

Refusal Rules::refusal(Arena& arena, std::uint32_t rule, std::string_view message) const {
  return {arena.join({"\"", rules[rule].name, "\" ", message}),
          line_and_column(arena, text, rules[rule].at)};
}

Result<State> add_rules(Grammar& grammar, Result<Rules> read) {
  if (!read) return read.refusal();
  const Rules& rules = *read;
  for (std::uint32_t i = 0; i < rules.rules.size(); ++i)
    if (!rules.rules[i].body) return rules.refusal(grammar.arena(), i, "is not defined");
  if (!grammar.has_room()) return Refusal{"there are too many grammars in one"};
  RuleExpressions expressions(grammar.expressions(), rules);
  if (expressions.refusal()) return expressions.refusal();
  auto automaton = std::make_unique<RuleAutomaton>(grammar.next_index());
  Drawing drawing(grammar, rules, expressions, *automaton);
  drawing.draw();
  if (drawing.refusal()) return drawing.refusal();
  const bool is_small = !automaton->is_full() && automaton->finish(grammar.expressions());
  if (!is_small || grammar.fuel().exhausted()) return Refusal{"the grammar is too large"};
  if (!automaton->is_productive(rules.start)) return Refusal{"the grammar matches no text"};
  const State start = State::of(grammar.next_index(), automaton->start_of(rules.start));
  grammar.add(std::move(automaton));
  return start;
}

}  // namespace runtime::grammar::text
