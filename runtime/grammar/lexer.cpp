// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/lexer.h"

#include <algorithm>

#include "runtime/grammar/regex/byte_classes.h"

namespace runtime::grammar {

using regex::Regex;

Lexer::Lexer(regex::Expressions& expressions) : expressions_(expressions) { clear(); }

void Lexer::clear() {
  members_.clear();
  ranges_.assign(1, {});  // the dead tuple
  const std::uint8_t* all = expressions_.classes_of_bytes(regex::ByteClasses::kOne).data();
  steps_.assign(1, {all, kDeadStep});
  nexts_ = {kUnknown, static_cast<std::uint32_t>(Tuple::kDead)};
  interned_.clear();
}

std::size_t Lexer::bytes() const {
  return members_.capacity() * sizeof(Member) + ranges_.capacity() * sizeof(Range) +
         steps_.capacity() * sizeof(Steps) + nexts_.capacity() * sizeof(nexts_[0]) +
         interned_.bytes();
}

Tuple Lexer::start(std::span<const Regex> expressions) {
  scratch_.clear();
  for (std::uint32_t i = 0; i < expressions.size(); ++i) add_member(i, expressions[i]);
  return intern(kEndless);
}

Tuple Lexer::within(Tuple tuple, std::uint32_t bytes) {
  const Range range = ranges_[index_of(tuple)];
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < range.count; ++i)
    count = std::max(count, expressions_.greatest_count(members_[range.first + i].rest));
  if (count <= bytes) return tuple;
  scratch_.clear();
  for (std::uint32_t i = 0; i < range.count; ++i) {
    scratch_.push_back(members_[range.first + i]);
    scratch_.back().rest = expressions_.within(scratch_.back().rest, bytes);
  }
  return expressions_.fuel().exhausted() ? tuple : intern(bytes);
}

Tuple Lexer::find_next(Tuple tuple, std::uint8_t byte) {
  const std::uint32_t index = index_of(tuple);
  scratch_.clear();
  for (std::size_t i = 0; i < ranges_[index].count; ++i) {
    const Member& member = members_[ranges_[index].first + i];
    if (!member.goes_on) continue;
    Regex rest = expressions_.derivative(member.rest, byte);
    if (ranges_[index].horizon != kEndless)
      rest = expressions_.within(rest, ranges_[index].horizon);
    add_member(member.group, rest);
  }
  if (expressions_.fuel().exhausted()) return Tuple::kDead;  // not to be remembered
  const Tuple next = intern(ranges_[index].horizon);
  if (steps_[index].first == kUnknownStep) classify(index);
  nexts_[steps_[index].first + steps_[index].classes[byte]] = static_cast<std::uint32_t>(next);
  return next;
}

// Bytes that no member distinguishes are one step.
void Lexer::classify(std::uint32_t index) {
  const Range range = ranges_[index];
  regex::ByteClasses::Partition partition = regex::ByteClasses::kEach;
  if (range.count <= kMaxClassified) {
    partition = regex::ByteClasses::kOne;
    for (std::size_t i = 0; i < range.count; ++i)
      partition = expressions_.refine(partition, members_[range.first + i].rest);
  }
  steps_[index] = {expressions_.classes_of_bytes(partition).data(),
                   static_cast<std::uint32_t>(nexts_.size())};
  nexts_.resize(nexts_.size() + expressions_.class_count(partition), kUnknown);
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

Tuple Lexer::intern(std::uint32_t horizon) {
  if (scratch_.empty()) return Tuple::kDead;
  std::uint32_t hash = horizon;
  bool any_end = false;
  for (const Member& member : scratch_) {
    hash = mix(mix(hash, member.group), static_cast<std::uint32_t>(member.rest));
    any_end |= member.ends;
  }
  std::uint32_t index = interned_.find(hash, [&](std::uint32_t candidate) {
    const Range range = ranges_[candidate];
    return range.count == scratch_.size() && range.horizon == horizon &&
           std::equal(scratch_.begin(), scratch_.end(), members_.begin() + range.first);
  });
  if (index == IdTable::kNone) {
    index = static_cast<std::uint32_t>(ranges_.size());
    ranges_.push_back({static_cast<std::uint32_t>(members_.size()),
                       static_cast<std::uint32_t>(scratch_.size()), horizon});
    members_.append(scratch_);
    steps_.push_back({steps_[0].classes, kUnknownStep});
    interned_.insert(hash, index);
  }
  return Tuple{index << 1 | (any_end ? 1U : 0U)};
}

}  // namespace runtime::grammar
