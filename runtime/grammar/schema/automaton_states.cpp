// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/automaton_states.h"

#include <algorithm>

namespace runtime::grammar::schema {
namespace {

std::uint32_t hash_of(std::span<const std::uint32_t> words) {
  std::uint32_t hash = 0x811c9dc5;
  for (const std::uint32_t word : words) {
    hash = (hash ^ word) * 0x9e3779b1;
    hash ^= hash >> 15;
  }
  return hash;
}

}  // namespace

std::uint32_t Sequences::intern(std::span<const std::uint32_t> words) {
  if (2 * (size() + 1) > slots_.size()) grow();
  const auto mask = static_cast<std::uint32_t>(slots_.size() - 1);
  std::uint32_t slot = hash_of(words) & mask;
  for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
    if (std::ranges::equal((*this)[slots_[slot] - 1], words)) return slots_[slot] - 1;
  }
  slots_[slot] = size() + 1;
  words_.insert(words_.end(), words.begin(), words.end());
  ends_.push_back(static_cast<std::uint32_t>(words_.size()));
  return slots_[slot] - 1;
}

void Sequences::grow() {
  const std::size_t count = slots_.empty() ? 64 : 2 * slots_.size();
  slots_.assign(count, 0);
  const auto mask = static_cast<std::uint32_t>(count - 1);
  for (std::uint32_t id = 0; id < size(); ++id) {
    std::uint32_t slot = hash_of((*this)[id]) & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = id + 1;
  }
}

}  // namespace runtime::grammar::schema
