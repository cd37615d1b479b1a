// SPDX-License-Identifier: Apache-2.0
// RaceShadow: who touched each element last, to find accesses that nothing orders.
//
// Every (invocation, span between barriers) has a number of its own, its stamp, taken from a
// RaceClock that never goes back. An element keeps the stamp of its last writer and of its reader.
// Stamps from `first` on are unordered with the present one, unless they are the same: `first` is
// where the dispatch began (storage) or where the last barrier was (workgroup memory).
//
//   lane 0 stores s[1] (stamp 10), lane 1 loads s[1] (stamp 12)  -> race
//   lane 0 stores s[1] (stamp 10), barrier, lane 1 loads s[1]    -> none: 10 < first
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ir::kernel {

// Stamps are even; an odd reader stands for "this one and others".
struct RaceClock {
  std::uint32_t first = 2;
  std::uint32_t base = 2;  // the stamp of lane 0; lane i has base + 2 i

  std::uint32_t stamp(std::uint32_t lane) const { return base + 2 * lane; }
  // The stamps of the next workgroup, or of the time after a barrier. False: stamps have run out;
  // they begin anew, and every shadow that holds old ones must be cleared.
  bool advance(std::uint32_t lanes) {
    const bool enough = base < 0xffffffffU - 4 * lanes;
    base = enough ? base + 2 * lanes : 2;
    return enough;
  }
};

struct RaceShadow {
  std::vector<std::uint32_t> writer, reader;

  void resize(std::size_t units) {
    if (units <= writer.size()) return;
    writer.resize(units);
    reader.resize(units);
  }
  void clear() {
    std::fill(writer.begin(), writer.end(), 0);
    std::fill(reader.begin(), reader.end(), 0);
  }
  // Each returns false when the access races with an earlier one.
  bool read(std::size_t unit, std::uint32_t stamp, std::uint32_t first) {
    if (writer[unit] >= first && writer[unit] != stamp) return false;
    if (reader[unit] < first)
      reader[unit] = stamp;
    else if ((reader[unit] & ~1U) != stamp)
      reader[unit] |= 1U;
    return true;
  }
  bool write(std::size_t unit, std::uint32_t stamp, std::uint32_t first) {
    if (writer[unit] >= first && writer[unit] != stamp) return false;
    if (reader[unit] >= first && reader[unit] != stamp) return false;
    writer[unit] = stamp;
    return true;
  }
};

}  // namespace ir::kernel
