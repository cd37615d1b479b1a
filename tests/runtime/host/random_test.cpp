// SPDX-License-Identifier: Apache-2.0
// Philox against the known answers that its authors publish, and what is made of its words.
#include "runtime/host/random.h"

#include <gtest/gtest.h>

namespace {

using runtime::host::Draw;
using runtime::host::philox;
using runtime::host::uniform;
using Words = std::array<std::uint32_t, 4>;

TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Uniform, DependsOnEachPartOfTheKey) {
  const double base = uniform({.seed = 1, .choice = 2, .step = 3});
  EXPECT_EQ(base, uniform({.seed = 1, .choice = 2, .step = 3}));
  EXPECT_NE(base, uniform({.seed = 1ULL << 32 | 1, .choice = 2, .step = 3}));
  EXPECT_NE(base, uniform({.seed = 1, .choice = 0, .step = 3}));
  EXPECT_NE(base, uniform({.seed = 1, .choice = 2, .step = 1ULL << 32 | 3}));
  EXPECT_NE(base, uniform({.seed = 1, .choice = 2, .step = 3, .draw = Draw::exclusion}));
}

TEST(Uniform, FillsTheUnitIntervalEvenly) {
  constexpr int kCells = 20;
  constexpr int kDraws = 20000;
  std::array<int, kCells> counts{};
  for (int step = 0; step < kDraws; ++step) {
    const double u = uniform({.seed = 42, .step = static_cast<std::uint64_t>(step)});
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    ++counts[static_cast<std::size_t>(u * kCells)];
  }
  double chi_squared = 0;
  for (const int count : counts) {
    const double expected = static_cast<double>(kDraws) / kCells;
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(chi_squared, 43.8);  // 19 degrees of freedom: one in a thousand
}

}  // namespace
