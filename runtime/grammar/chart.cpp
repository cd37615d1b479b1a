// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/chart.h"

#include <algorithm>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

Chart::Chart(Grammar& grammar)
    : grammar_(grammar),
      lexer_(grammar.expressions()),
      expansions_(grammar),
      closure_(grammar, expansions_, store_, lexer_) {}

Place Chart::start(const Trace& trace) {
  closure_.begin({{}, trace.row_starts.data(), 0});
  closure_.begin_at(grammar_.start());
  Place place;
  enter(closure_.finish(), 0, place);
  return place;
}

bool Chart::enter(RowId row, std::uint32_t depth, Place& to) const {
  to = {store_.tuple(row), row, depth, store_.is_complete(row)};
  return to.tuple != Tuple::kDead || to.complete;
}

// By the laws of tuples and automata all that go on, or lead to a state, may be completed.
bool Chart::ends_well(Trace& trace, const Place& from, Tuple next, std::size_t position) {
  closure_.begin({std::string_view(trace.text).substr(0, position + 1), trace.row_starts.data(),
                  from.depth + 1});
  const auto leads_on = [&](const Continuation& then) {
    return closure_.next_of(then).has_value();
  };
  const bool well = std::ranges::any_of(lexer_.members(next), [&](const Lexer::Member& member) {
    return member.goes_on || std::ranges::any_of(store_.scans(from.row, member.group), leads_on);
  });
  asked_ |= closure_.asked();
  return well;
}

bool Chart::begin_row(Trace& trace, const Place& from, Tuple next, std::size_t position,
                      Place& to) {
  const std::uint32_t depth = from.depth + 1;
  List<std::uint32_t>& row_starts = trace.row_starts;
  if (depth >= row_starts.size()) row_starts.resize(2 * row_starts.size() + 1);
  row_starts[depth] = static_cast<std::uint32_t>(position + 1);

  const std::uint32_t hash = mix(mix(0, from.row), static_cast<std::uint32_t>(next));
  const std::uint32_t known = transition_ids_.find(hash, [&](std::uint32_t id) {
    const Transition& transition = transitions_[id];
    return transition.from == from.row && transition.tuple == next &&
           (transition.depth == depth || transition.depth == kAnyDepth);
  });
  if (known != IdTable::kNone) return enter(transitions_[known].to, depth, to);

  const RowId row = make_row(trace, from, next, position);
  asked_ |= closure_.asked();
  if (grammar_.fuel().exhausted()) return false;
  if (!closure_.asked()) {
    transition_ids_.insert(hash, static_cast<std::uint32_t>(transitions_.size()));
    transitions_.push_back({from.row, next, closure_.captures() ? depth : kAnyDepth, row});
  }
  return enter(row, depth, to);
}

RowId Chart::make_row(const Trace& trace, const Place& from, Tuple next, std::size_t position) {
  closure_.begin({std::string_view(trace.text).substr(0, position + 1), trace.row_starts.data(),
                  from.depth + 1});
  for (const Lexer::Member& member : lexer_.members(next)) {
    for (const Continuation& then : store_.scans(from.row, member.group)) {
      if (member.ends) closure_.resume(then);
      if (member.goes_on) closure_.carry(member.rest, then);
    }
  }
  return closure_.finish();
}

void Chart::clear() {
  lexer_.clear();
  expansions_.clear();
  store_.clear();
  transitions_.clear();
  transition_ids_.clear();
  ++generation_;
}

std::size_t Chart::bytes() const {
  return lexer_.bytes() + expansions_.bytes() + store_.bytes() + transition_ids_.bytes() +
         transitions_.capacity() * sizeof(Transition);
}

}  // namespace runtime::grammar
