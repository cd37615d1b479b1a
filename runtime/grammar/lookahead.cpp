// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/lookahead.h"

#include <algorithm>
#include <bit>

namespace runtime::grammar {
namespace {

constexpr std::size_t kMaxPartial = 32;  // tuples within one character
constexpr std::size_t kMaxMet = 32;      // tuples that are searched for how far they reach
constexpr std::uint32_t kEndless = 0xffff'ffff;
constexpr std::uint32_t kMaxLimit = 64;  // of characters that are counted
constexpr int kFewKinds = 8;             // that lead away: then the reach matters little

}  // namespace

bool Lookahead::is_dead_end(Tuple tuple) const {
  if (tuple == Tuple::kDead) return true;
  return ends(tuple) && std::ranges::none_of(lexer_.members(tuple), &Lexer::Member::goes_on);
}

// All ways to read the rest of a character; false where one fails.
bool Lookahead::read_rest(Tuple tuple, std::uint8_t state, View& view) {
  partial_.assign(1, {state, tuple});
  ends_of_characters_.clear();
  for (std::size_t i = 0; i < partial_.size(); ++i) {
    const auto [from, at] = partial_[i];
    view.has_ends |= ends(at);
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

void Lookahead::add_steps(Kinds kind, std::uint32_t first) {
  for (const Tuple end : ends_of_characters_) {
    const auto known = std::find_if(steps_.begin() + first, steps_.end(),
                                    [&](const Step& step) { return step.to == end; });
    if (known == steps_.end()) {
      steps_.push_back({kind, end});
    } else {
      known->kinds |= kind;
    }
  }
}

void Lookahead::look_around(Tuple tuple, View& view) {
  view.first = static_cast<std::uint32_t>(steps_.size());
  view.is_last = true;
  for (const CharacterArc& arc : kCharacterArcs) {
    if (arc.from != 0) continue;
    Tuple last = tuple;
    Kinds last_kind = 0;
    bool reads = false;
    for (unsigned byte = arc.first; byte <= arc.last; ++byte) {
      const Tuple next = lexer_.next(tuple, static_cast<std::uint8_t>(byte));
      const Kinds kind = kKindOfByte[byte];
      if (next == last && kind == last_kind) continue;
      if (next != last || last_kind == 0) reads = read_rest(next, arc.to, view);
      last = next;
      last_kind = kind;
      view.is_last &= next == Tuple::kDead;
      if (reads) {
        add_steps(kind, view.first);
      } else {
        view.failing |= kind;
      }
    }
  }
  view.count = static_cast<std::uint32_t>(steps_.size()) - view.first;
  view.leaving = view.failing;
  for (std::uint32_t i = view.first; i < steps_.size(); ++i)
    if (steps_[i].to != tuple) view.leaving |= steps_[i].kinds;
}

Lookahead::View& Lookahead::view_of(Tuple tuple) {
  const std::size_t index = static_cast<std::uint32_t>(tuple) >> 1;
  if (index >= views_.size()) views_.resize(index + index / 2 + 1);
  View& view = views_[index];
  if (view.is_known) return view;
  view = {};
  look_around(tuple, view);
  view.is_known = !expressions_.fuel().exhausted();
  if (looks_left_ > 0) --looks_left_;
  return view;
}

// How many characters, not of the refused kinds, can be read on all ways.
void Lookahead::search_reach(Tuple tuple) {
  std::uint32_t reach = 0;
  Kinds refused = view_of(tuple).failing;
  for (std::size_t i = 0; i < lexer_.members(tuple).size(); ++i)
    reach = std::max(reach, expressions_.prefix_repeats(lexer_.members(tuple)[i].rest, character_));
  if (reach > 0) {
    View& view = view_of(tuple);
    view.has_reach = true;
    view.refused = 0;
    view.reach = reach;
    return;
  }
  met_.assign(1, tuple);
  for (std::size_t i = 0, level_end = 1; i < met_.size(); ++i) {
    if (i == level_end) {
      level_end = met_.size();
      ++reach;
    }
    if (looks_left_ == 0) return;  // another mask may find more
    const View around = view_of(met_[i]);
    const Kinds more = refused | around.failing;
    const bool hides = more != refused && 2 * std::popcount(~more) < std::popcount(~refused);
    if (hides || met_.size() > kMaxMet) break;
    refused = more;
    for (std::uint32_t k = around.first; k < around.first + around.count; ++k)
      if ((steps_[k].kinds & ~refused) != 0 && std::ranges::find(met_, steps_[k].to) == met_.end())
        met_.push_back(steps_[k].to);
    if (i + 1 == met_.size()) reach = kEndless;
  }
  View& view = view_of(tuple);
  view.has_reach = true;
  view.refused = refused;
  view.reach = reach;
}

bool Lookahead::allows_all(Tuple tuple, Kinds kinds, std::size_t bytes) {
  if ((view_of(tuple).leaving & kinds) == 0) return true;
  if (!view_of(tuple).has_reach && looks_left_ > 0) search_reach(tuple);
  const View& view = view_of(tuple);
  return (view.refused & kinds) == 0 && bytes <= view.reach;
}

std::optional<std::uint32_t> Lookahead::limit(Tuple tuple) {
  for (std::uint32_t characters = 0; characters <= kMaxLimit; ++characters) {
    const View& view = view_of(tuple);
    if (view.is_last) return characters;
    if (view.failing != 0 || view.has_ends || view.count != 1) break;
    if (steps_[view.first].to == tuple) break;
    tuple = steps_[view.first].to;
  }
  return {};
}

bool Lookahead::allows_most(Tuple tuple) {
  return std::popcount(view_of(tuple).failing) <= kFewKinds;
}

}  // namespace runtime::grammar
