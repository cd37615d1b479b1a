// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/automaton_states.h"

#include <algorithm>

namespace runtime::grammar::schema {

std::uint32_t Sequences::intern(std::span<const std::uint32_t> words) {
  std::uint32_t hash = 0;
  for (const std::uint32_t word : words) hash = mix(hash, word);
  const auto equal = [&](std::uint32_t id) { return std::ranges::equal((*this)[id], words); };
  const std::uint32_t known = ids_.find(hash, equal);
  if (known != IdTable::kNone) return known;
  const std::uint32_t id = size();
  ids_.insert(hash, id);
  words_.append(words);
  ends_.push_back(static_cast<std::uint32_t>(words_.size()));
  return id;
}

}  // namespace runtime::grammar::schema
