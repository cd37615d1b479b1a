// SPDX-License-Identifier: Apache-2.0
// The order in which sums along K are added up: a law for every form that multiplies by a matrix,
// so that a row's result has the same bits whatever form computed it and whatever lay beside it.
//
//   1. K is cut into blocks of 32. Block b belongs to part b % k_parts(n, k).
//   2. A part is one f32 sum that begins at 0. It takes its blocks in ascending order, and within a
//      block the groups of the weight's encoding, each as EncodedWeight::group_dots gives it.
//   3. The sum is part 0 + part 1 + part 2 ..., in this order.
//   4. A normalised activation is x * factor * weight (row_norm.h), rounded before it is used.
//
// Parts are worked on side by side where a matrix has too few columns to keep a GPU busy. They are
// interleaved, so that lanes side by side read what lies side by side:
//
//   columns of a tile | block 0   block 1   block 2   block 3   block 4 ...
//   belongs to part   |    0         1         0         1         0         with two parts
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace codegen::lower {

inline constexpr std::uint32_t kBlock = 32;  // elements of K

constexpr std::uint64_t k_blocks(std::uint64_t k) { return (k + kBlock - 1) / kBlock; }

// How many parts a matrix [n, k] has: a power of two that gives a row some 16,384 lanes, as far as
// at least two blocks are left to each. It depends on the shape of the whole tensor only.
constexpr std::uint32_t k_parts(std::uint64_t n, std::uint64_t k) {
  constexpr std::uint64_t kLanesWanted = 16384, kMostParts = 8;
  const std::uint64_t wanted = std::bit_floor(kLanesWanted / std::max<std::uint64_t>(n, 1));
  const std::uint64_t filled = std::bit_floor(k_blocks(k) / 2);
  return static_cast<std::uint32_t>(
      std::max<std::uint64_t>(1, std::min({wanted, filled, kMostParts})));
}

}  // namespace codegen::lower
