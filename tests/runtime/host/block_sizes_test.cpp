// SPDX-License-Identifier: Apache-2.0
// Sizes of blocks: each large enough, at most a quarter too large, and one index for each.
#include "runtime/host/block_sizes.h"

#include <gtest/gtest.h>

namespace {

using runtime::host::block_size_of;
using runtime::host::BlockSize;
using runtime::host::kBlockSizes;
using runtime::host::kMaxBlockBytes;

TEST(BlockSizes, GoUpByAtMostAQuarter) {
  BlockSize last;
  for (std::uint32_t bytes = 1; bytes < (1U << 20U); ++bytes) {
    const BlockSize size = block_size_of(bytes);
    ASSERT_GE(size.bytes, bytes);
    ASSERT_EQ(size.bytes % 16, 0U);
    ASSERT_LE(size.bytes, (bytes + 15) / 16 * 16 * 5 / 4) << bytes;
    if (size.bytes == last.bytes) {
      ASSERT_EQ(size.index, last.index);
    } else {
      ASSERT_EQ(bytes, last.bytes + 1);
      ASSERT_EQ(size.index, last.index + 1);
    }
    last = size;
  }
}

TEST(BlockSizes, ReachTheLargestBlock) {
  const BlockSize largest = block_size_of(kMaxBlockBytes);
  EXPECT_EQ(largest.bytes, kMaxBlockBytes);
  EXPECT_EQ(largest.index, kBlockSizes - 1);
}

}  // namespace
