// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/rule_automaton.h"

#include <algorithm>
#include <span>
#include <utility>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar::text {
namespace {

constexpr std::size_t kMaxStates = 500'000;
constexpr std::size_t kMaxEdges = 1'000'000;
static_assert(kMaxStates < std::size_t{1} << State::kLocalBits);

}  // namespace

std::uint32_t RuleAutomaton::add_state() {
  first_arrows_.push_back(kNone);
  is_end_.push_back(false);
  return static_cast<std::uint32_t>(first_arrows_.size() - 1);
}

bool RuleAutomaton::is_full() const {
  return first_arrows_.size() > kMaxStates || arrows_.size() > kMaxEdges;
}

std::uint32_t RuleAutomaton::add_rule() {
  const std::uint32_t start = add_state();
  const std::uint32_t end = add_state();
  is_end_[end] = true;
  rules_.push_back({.start = start, .end = end});
  return static_cast<std::uint32_t>(rules_.size() - 1);
}

void RuleAutomaton::add(std::uint32_t from, Kind kind, regex::Regex text, std::uint32_t rule,
                        std::uint32_t to) {
  arrows_.push_back({kind, text, rule, to, first_arrows_[from]});
  first_arrows_[from] = static_cast<std::uint32_t>(arrows_.size() - 1);
}

void RuleAutomaton::add_step(std::uint32_t from, std::uint32_t to) {
  add(from, Kind::step, regex::kNothing, 0, to);
}

void RuleAutomaton::add_text(std::uint32_t from, regex::Regex text, std::uint32_t to) {
  add(from, Kind::text, text, 0, to);
}

void RuleAutomaton::add_call(std::uint32_t from, std::uint32_t rule, std::uint32_t to) {
  add(from, Kind::call, regex::kNothing, rule, to);
}

// From the ends backwards: a state is productive when an arrow that can be taken leads to a
// productive one; when the start of a rule becomes productive, the arrows that call it can be
// taken.
void RuleAutomaton::find_productive_states() {
  struct Use {
    std::uint32_t from;
    const Arrow* arrow;
  };
  const std::size_t states = first_arrows_.size();
  List<List<Use>> arriving(states);
  List<List<Use>> calls(rules_.size());
  List<std::uint32_t> rule_of_start(states, kNone);
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule)
    rule_of_start[rules_[rule].start] = rule;
  for (std::uint32_t from = 0; from < states; ++from)
    for (std::uint32_t at = first_arrows_[from]; at != kNone; at = arrows_[at].next) {
      arriving[arrows_[at].to].push_back({from, &arrows_[at]});
      if (arrows_[at].kind == Kind::call) calls[arrows_[at].rule].push_back({from, &arrows_[at]});
    }
  is_productive_ = is_end_;
  List<std::uint32_t> open;
  for (const RuleStates& rule : rules_) open.push_back(rule.end);
  const auto reach = [&](std::uint32_t state) {
    if (!is_productive_[state]) open.push_back(state);
    is_productive_[state] = true;
  };
  while (!open.empty()) {
    const std::uint32_t state = open.back();
    open.pop_back();
    for (const Use& use : arriving[state])
      if (can_be_taken(*use.arrow)) reach(use.from);
    const std::uint32_t rule = rule_of_start[state];
    if (rule == kNone) continue;
    rules_[rule].is_productive = true;
    for (const Use& call : calls[rule])
      if (is_productive_[call.arrow->to]) reach(call.from);
  }
}

// The edges of a state: the arrows of all states that steps lead to.
void RuleAutomaton::gather(std::uint32_t state, Row& row) {
  to_see_.assign(1, state);
  const std::uint32_t mark = state + 1;
  seen_by_[state] = mark;
  while (!to_see_.empty()) {
    const std::uint32_t at = to_see_.back();
    to_see_.pop_back();
    row.is_final |= is_end_[at];
    for (std::uint32_t i = first_arrows_[at]; i != kNone; i = arrows_[i].next) {
      const Arrow& arrow = arrows_[i];
      if (!is_productive_[arrow.to] || !can_be_taken(arrow)) continue;
      const State next = State::of(index_, arrow.to);
      if (arrow.kind == Kind::text) {
        edges_.push_back(Edge::read(arrow.text, next));
      } else if (arrow.kind == Kind::call) {
        edges_.push_back(Edge::call(State::of(index_, rules_[arrow.rule].start), next));
      } else if (seen_by_[arrow.to] != mark) {
        seen_by_[arrow.to] = mark;
        to_see_.push_back(arrow.to);
      }
    }
  }
}

// Texts that lead to the same state are one; calls are there once.
void RuleAutomaton::join_texts(const Row& row, regex::Expressions& expressions) {
  const auto key = [](const Edge& edge) {
    return std::pair{edge.next.id, edge.kind == Edge::Kind::text ? 0xffffffff : edge.callee.id};
  };
  const auto first = edges_.begin() + row.first;
  heap_sort(std::span(first, edges_.end()),
            [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
  auto kept = first;
  for (auto edge = first; edge != edges_.end();) {
    const auto end = std::ranges::find_if(edge, edges_.end(),
                                          [&](const Edge& e) { return key(e) != key(*edge); });
    *kept = *edge;
    if (edge->kind == Edge::Kind::text && end - edge > 1) {
      List<regex::Regex> texts;
      for (auto same = edge; same != end; ++same) texts.push_back(same->text);
      kept->text = expressions.either(texts);
    }
    ++kept;
    edge = end;
  }
  edges_.erase(kept, edges_.end());
}

bool RuleAutomaton::finish(regex::Expressions& expressions) {
  find_productive_states();
  seen_by_.assign(first_arrows_.size(), 0);
  for (std::uint32_t state = 0; state < first_arrows_.size(); ++state) {
    Row row = {.first = static_cast<std::uint32_t>(edges_.size())};
    gather(state, row);
    join_texts(row, expressions);
    row.count = static_cast<std::uint32_t>(edges_.size()) - row.first;
    rows_.push_back(row);
    if (edges_.size() > kMaxEdges || !expressions.fuel().spend(row.count + 1)) return false;
  }
  arrows_ = {};
  first_arrows_ = {};
  return true;
}

bool RuleAutomaton::expand(State state, List<Edge>& edges) {
  const Row& row = rows_[state.local()];
  const auto first = edges_.begin() + row.first;
  edges.append({first, row.count});
  return row.is_final;
}

}  // namespace runtime::grammar::text
