// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/expansions.h"

namespace runtime::grammar {

Expansion Expansions::of(State state) {
  const std::uint32_t hash = mix(0, state.id);
  const std::uint32_t known =
      ids_.find(hash, [&](std::uint32_t id) { return known_[id].state == state; });
  if (known != IdTable::kNone) return known_[known].expansion;

  Expansion expansion{.first = static_cast<std::uint32_t>(edges_.size())};
  expansion.is_final = grammar_.of(state).expand(state, edges_);
  expansion.count = static_cast<std::uint32_t>(edges_.size()) - expansion.first;
  ids_.insert(hash, static_cast<std::uint32_t>(known_.size()));
  known_.push_back({state, expansion});
  return expansion;
}

void Expansions::clear() {
  known_.clear();
  edges_.clear();
  ids_.clear();
}

std::size_t Expansions::bytes() const {
  return known_.capacity() * sizeof(Known) + edges_.capacity() * sizeof(Edge) + ids_.bytes();
}

}  // namespace runtime::grammar
