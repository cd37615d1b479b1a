// SPDX-License-Identifier: Apache-2.0
// How large the modules' blocks of memory are: 16 bytes times 1, 2 … 8, 10, 12, 14, 16, 20, 24, 28,
// 32, 40 …, so that a block is at most a quarter larger than it must be.
//
//   block_size_of(9 * 16) -> {9, 160}     the ninth size is ten times 16 bytes
#pragma once

#include <bit>
#include <cstdint>

namespace runtime::host {

struct BlockSize {
  std::uint32_t index = 0;  // from 1, below kBlockSizes
  std::uint32_t bytes = 0;
};

inline constexpr std::uint32_t kBlockSizes = 105;
inline constexpr std::uint32_t kMaxBlockBytes = 0x8000'0000;

// The smallest block of at least so many bytes, of 1 to kMaxBlockBytes.
constexpr BlockSize block_size_of(std::uint32_t bytes) {
  const std::uint32_t units = (bytes + 15) / 16;
  const int width = std::bit_width(units - 1);
  const int doubled = width < 3 ? 0 : width - 3;  // from four units on, four sizes to a doubling
  const std::uint32_t steps = ((units - 1) >> doubled) + 1;
  return {static_cast<std::uint32_t>(doubled) * 4 + steps, steps << doubled << 4};
}

}  // namespace runtime::host
