// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/lexer.h"

#include <algorithm>

namespace runtime::grammar {

using regex::Regex;

Lexer::Lexer(regex::Expressions& expressions) : expressions_(expressions) {
  nothing_known_.fill(kUnknown);
  clear();
}

void Lexer::clear() {
  members_.clear();
  ranges_.assign(1, {});  // the dead tuple
  owned_.clear();
  owned_.push_back(std::make_unique<Table>());
  tables_.assign(1, owned_[0]->data());
  interned_.clear();
}

std::size_t Lexer::bytes() const {
  return members_.capacity() * sizeof(Member) + ranges_.capacity() * sizeof(Range) +
         owned_.size() * sizeof(Table) + tables_.capacity() * sizeof(tables_[0]) +
         interned_.bytes();
}

Tuple Lexer::start(std::span<const Regex> expressions) {
  scratch_.clear();
  for (std::uint32_t i = 0; i < expressions.size(); ++i) add_member(i, expressions[i]);
  return intern();
}

Tuple Lexer::find_next(Tuple tuple, std::uint8_t byte) {
  const std::uint32_t index = index_of(tuple);
  scratch_.clear();
  for (std::size_t i = 0; i < ranges_[index].count; ++i) {
    const Member& member = members_[ranges_[index].first + i];
    if (!member.goes_on) continue;
    add_member(member.group, expressions_.derivative(member.rest, byte));
  }
  if (expressions_.fuel().exhausted()) return Tuple::kDead;  // not to be remembered
  const Tuple next = intern();
  if (tables_[index] == nothing_known_.data()) {
    owned_.push_back(std::make_unique<Table>(nothing_known_));
    tables_[index] = owned_.back()->data();
  }
  remember(index, byte, next);
  return next;
}

// For all bytes that no member distinguishes from this one.
void Lexer::remember(std::uint32_t index, std::uint8_t byte, Tuple next) {
  std::uint32_t* table = tables_[index];
  table[byte] = static_cast<std::uint32_t>(next);
  const Range range = ranges_[index];
  if (range.count > kMaxClassified) return;
  std::array<bool, 256> same;
  same.fill(true);
  for (std::size_t i = 0; i < range.count; ++i) {
    const auto classes = expressions_.classes_of_bytes(members_[range.first + i].rest);
    for (std::size_t other = 0; other < 256; ++other)
      same[other] = same[other] && classes[other] == classes[byte];
  }
  for (std::size_t other = 0; other < 256; ++other)
    if (same[other]) table[other] = static_cast<std::uint32_t>(next);
}

bool Lexer::add_member(std::uint32_t group, Regex rest) {
  if (expressions_.is_nothing(rest)) return false;
  const bool ends = expressions_.is_nullable(rest);
  const bool goes_on =
      !ends || (rest != regex::kEmptyText &&
                !expressions_.is_nothing(expressions_.without(rest, regex::kEmptyText)));
  scratch_.push_back({group, rest, ends, goes_on});
  return true;
}

Tuple Lexer::intern() {
  if (scratch_.empty()) return Tuple::kDead;
  std::uint32_t hash = 0;
  bool any_end = false;
  for (const Member& member : scratch_) {
    hash = mix(mix(hash, member.group), static_cast<std::uint32_t>(member.rest));
    any_end |= member.ends;
  }
  std::uint32_t index = interned_.find(hash, [&](std::uint32_t candidate) {
    const Range range = ranges_[candidate];
    return range.count == scratch_.size() &&
           std::equal(scratch_.begin(), scratch_.end(), members_.begin() + range.first);
  });
  if (index == IdTable::kNone) {
    index = static_cast<std::uint32_t>(ranges_.size());
    ranges_.push_back(
        {static_cast<std::uint32_t>(members_.size()), static_cast<std::uint32_t>(scratch_.size())});
    members_.insert(members_.end(), scratch_.begin(), scratch_.end());
    tables_.push_back(nothing_known_.data());
    interned_.insert(hash, index);
  }
  return Tuple{index << 1 | (any_end ? 1U : 0U)};
}

}  // namespace runtime::grammar
