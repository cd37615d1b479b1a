// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/lookahead.h"

#include <algorithm>
#include <bit>

namespace runtime::grammar {
namespace {

constexpr std::size_t kMaxPartial = 32;  // tuples within one character
constexpr std::size_t kMaxMet = 32;      // tuples that are searched for how far they reach
constexpr std::uint32_t kMaxLimit = 64;  // of characters that are counted
constexpr int kFewKinds = 8;             // that lead away: then the reach matters little

}  // namespace

bool Lookahead::is_dead_end(Tuple tuple) const {
  if (tuple == Tuple::kDead) return true;
  return ends(tuple) && std::ranges::none_of(lexer_.members(tuple), &Lexer::Member::goes_on);
}

// All ways to read the rest of a character; false where one fails.
bool Lookahead::read_rest(Tuple tuple, std::uint8_t state) {
  partial_.assign(1, {state, tuple});
  ends_of_characters_.clear();
  for (std::size_t i = 0; i < partial_.size(); ++i) {
    const auto [from, at] = partial_[i];
    has_ends_ |= ends(at);
    if (is_dead_end(at) || partial_.size() > kMaxPartial) return false;
    if (from == 0) {
      ends_of_characters_.push_back(at);
      continue;
    }
    for (const CharacterArc& arc : kCharacterArcs) {
      if (arc.from != from) continue;
      for (unsigned byte = arc.first; byte <= arc.last; ++byte) {
        if (byte != arc.first && lexer_.is_same_step(at, byte - 1, byte)) continue;
        const std::pair next{arc.to, lexer_.next(at, static_cast<std::uint8_t>(byte))};
        if (partial_.back() != next && std::ranges::find(partial_, next) == partial_.end())
          partial_.push_back(next);
      }
    }
  }
  return true;
}

// Collects the steps from a tuple by whole characters; gives the kinds of those that fail.
Kinds Lookahead::look_around(Tuple tuple) {
  Kinds failing = 0;
  steps_.clear();
  has_ends_ = has_next_ = false;
  for (const CharacterArc& arc : kCharacterArcs) {
    if (arc.from != 0) continue;
    Tuple last = tuple;
    bool is_first = true;
    bool reads = false;
    for (unsigned byte = arc.first; byte <= arc.last; ++byte) {
      const Tuple next = lexer_.next(tuple, static_cast<std::uint8_t>(byte));
      has_next_ |= next != Tuple::kDead;
      if (is_first || next != last) reads = read_rest(next, arc.to);
      is_first = false;
      last = next;
      const Kinds kind = kKindOfByte[byte];
      if (!reads) failing |= kind;
      for (const Tuple end : ends_of_characters_)
        if (reads && (steps_.empty() || steps_.back().kind != kind || steps_.back().to != end))
          steps_.push_back({kind, end});
    }
  }
  return failing;
}

Lookahead::View& Lookahead::slot(Tuple tuple) {
  const std::size_t index = static_cast<std::uint32_t>(tuple) >> 1;
  if (index >= views_.size()) views_.resize(index + index / 2 + 1);
  return views_[index];
}

Lookahead::View& Lookahead::view_of(Tuple tuple) {
  View& view = slot(tuple);
  if (view.is_known) return view;
  view.leaving = look_around(tuple);
  if (!view.has_reach) view.refused = view.leaving;
  view.has_ends = has_ends_;
  view.is_last = !has_next_;
  const bool all_read = view.leaving == 0;
  const auto leads_elsewhere = [&](const Step& step) { return step.to != steps_[0].to; };
  if (all_read && !has_ends_ && std::ranges::none_of(steps_, leads_elsewhere))
    view.only = steps_[0].to;
  for (const Step& step : steps_)
    if (step.to != tuple) view.leaving |= step.kind;
  view.is_known = !expressions_.fuel().exhausted();
  return view;
}

// How many characters, not of the refused kinds, can be read on all ways.
void Lookahead::search_reach(Tuple tuple, View& view) {
  view.has_reach = true;
  std::uint32_t characters = 0;
  for (std::size_t i = 0; i < lexer_.members(tuple).size(); ++i)
    characters = std::max(characters,
                          expressions_.prefix_repeats(lexer_.members(tuple)[i].rest, character_));
  if (characters > 0) {
    view.refused = 0;
    view.reach = characters;
    return;
  }
  met_.assign(1, tuple);
  for (std::size_t i = 0, level_end = 1; i < met_.size(); ++i) {
    if (i == level_end) {
      level_end = met_.size();
      ++view.reach;
    }
    if (searches_left_ == 0 || met_.size() > kMaxMet) return;
    --searches_left_;
    const Kinds refused = view.refused | look_around(met_[i]);
    if (refused != view.refused && 2 * std::popcount(~refused) < std::popcount(~view.refused))
      return;
    view.refused = refused;
    for (const Step& step : steps_)
      if ((step.kind & view.refused) == 0 && std::ranges::find(met_, step.to) == met_.end())
        met_.push_back(step.to);
  }
  for (const Kinds refused = view.refused; const Tuple met : met_) {
    // Reached by what is not refused, and with it from there on; on its own it may allow more.
    if (met != tuple && std::popcount(refused) > kFewKinds) continue;
    View& reached = slot(met);
    reached.has_reach = true;
    reached.refused = refused;
    reached.reach = kEndless;
  }
}

bool Lookahead::allows_all(Tuple tuple, Kinds kinds, std::size_t bytes) {
  if ((view_of(tuple).leaving & kinds) == 0) return true;
  if (!view_of(tuple).has_reach && searches_left_ > 0) search_reach(tuple, view_of(tuple));
  const View& view = view_of(tuple);
  return (view.refused & kinds) == 0 && bytes <= view.reach;
}

std::optional<std::uint32_t> Lookahead::limit(Tuple tuple) {
  for (std::uint32_t characters = 0; characters <= kMaxLimit; ++characters) {
    const View& view = view_of(tuple);
    if (view.is_last) return characters;
    if (view.only == Tuple::kDead || view.only == tuple) break;
    tuple = view.only;
  }
  return {};
}

bool Lookahead::allows_most(Tuple tuple) {
  return std::popcount(view_of(tuple).refused) <= kFewKinds;
}

}  // namespace runtime::grammar
