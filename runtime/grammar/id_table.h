// SPDX-License-Identifier: Apache-2.0
// IdTable: which id has this value? An open-addressing table of hashes and ids; the values lie with
// their owner, who compares them.
//
//   const std::uint32_t hash = mix(mix(0, row), tuple);
//   std::uint32_t id = table.find(hash, [&](std::uint32_t i) { return values[i] == value; });
//   if (id == IdTable::kNone) table.insert(hash, id = add(value));
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "runtime/grammar/list.h"

namespace runtime::grammar {

// The hash of a sequence that hashed to `hash` and goes on with `word`.
inline std::uint32_t mix(std::uint32_t hash, std::uint32_t word) {
  hash = (hash ^ word) * 0x9e37'79b1U;  // 2^32 divided by the golden ratio
  return hash ^ hash >> 15;
}

inline std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 0;
  for (const char c : text) hash = mix(hash, static_cast<unsigned char>(c));
  return hash;
}

class IdTable {
 public:
  static constexpr std::uint32_t kNone = 0xffff'ffff;

  template <class Equal>
  std::uint32_t find(std::uint32_t hash, Equal&& equal) const {
    if (slots_.empty()) return kNone;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask; slots_[at].id != kNone; at = (at + 1) & mask)
      if (slots_[at].hash == hash && equal(slots_[at].id)) return slots_[at].id;
    return kNone;
  }

  // Only where find() gave kNone.
  void insert(std::uint32_t hash, std::uint32_t id) {
    if (2 * (count_ + 1) > slots_.size()) grow();
    place({hash, id});
    ++count_;
  }

  // Keeps its memory, as long as that is in proportion.
  void clear() {
    if (slots_.size() > 64 && slots_.size() > 16 * count_) slots_.resize(slots_.size() / 2);
    if (count_ > 0) slots_.assign(slots_.size(), {});
    count_ = 0;
  }

  std::size_t bytes() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t id = kNone;
  };

  void place(Slot slot) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = slot.hash & mask;
    while (slots_[at].id != kNone) at = (at + 1) & mask;
    slots_[at] = slot;
  }

  void grow() {
    List<Slot> old(slots_.empty() ? 16 : 2 * slots_.size());
    std::swap(old, slots_);
    for (const Slot& slot : old)
      if (slot.id != kNone) place(slot);
  }

  List<Slot> slots_;  // the size is zero or a power of two
  std::size_t count_ = 0;
};

}  // namespace runtime::grammar
