// SPDX-License-Identifier: Apache-2.0
// The integers of drawing against exact arithmetic.
#include "runtime/host/likelihood.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace runtime::host;  // NOLINT
namespace formats = runtime::formats;

constexpr double kUnits = 1U << formats::kDistanceFractionBits;

TEST(Likelihood, WeightsHalveAndNeverRise) {
  EXPECT_EQ(weight(0), 1U << 29);
  EXPECT_EQ(weight(1U << formats::kDistanceFractionBits), 1U << 28);
  EXPECT_EQ(weight(formats::kFarthest), 0U);
  std::uint32_t before = weight(0);
  for (std::uint32_t distance = 0; distance < formats::kFarthest; distance += 37) {
    const std::uint32_t here = weight(distance);
    const double exact = std::exp2(29 - distance / kUnits);
    ASSERT_LE(here, before) << distance;
    ASSERT_NEAR(here, exact, 0.5 + 4.3e-7 * exact) << distance;
    before = here;
  }
}

TEST(Likelihood, DistancesAreLogarithms) {
  for (const float temperature : {0.1F, 0.7F, 1.0F, 2.0F}) {
    const float scale = distance_scale(temperature);
    for (const float difference : {0.0F, 1e-3F, 0.5F, 1.0F}) {
      const double exact = difference / temperature / std::log(2.0) * kUnits;
      EXPECT_NEAR(distance(difference, scale), exact, 1 + 2 * 0x1p-24 * exact);
    }
  }
  EXPECT_EQ(distance(1e30F, distance_scale(1)), formats::kFarthest);
}

TEST(Likelihood, LimitsHoldWhatHasTheShare) {
  EXPECT_EQ(limit_of_share(0), formats::kFarthest);
  EXPECT_EQ(limit_of_share(1), 1U);  // the most likely token only
  EXPECT_EQ(limit_of_share(2), 1U);
  EXPECT_EQ(limit_of_share(0.5F), (1U << formats::kDistanceFractionBits) + 1);
}

// By schoolbook multiplication, bit by bit.
std::uint64_t high_half(std::uint64_t a, std::uint64_t b) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (int bit = 63; bit >= 0; --bit) {
    high = high << 1 | low >> 63;
    low <<= 1;
    if ((b >> bit & 1) == 0) continue;
    low += a;
    high += low < a ? 1 : 0;
  }
  return high;
}

TEST(Likelihood, PointsAndSharesAreExact) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t total = random() >> (17 + i % 30);
    const std::uint64_t bits = random();
    ASSERT_EQ(point_below(total, bits), high_half(total, bits));
    const auto share = static_cast<std::uint32_t>(random());
    const std::uint64_t exact = high_half(total << 16, std::uint64_t{share} << 16);  // rounded down
    const std::uint64_t found = share_of(total, share);
    ASSERT_TRUE(found == exact || found == exact + 1) << total << " " << share;
    ASSERT_GE(found, 1U);
  }
  EXPECT_EQ(share_of(8, 1U << 31), 4U);
  EXPECT_EQ(share_of(9, 1U << 31), 5U);
  EXPECT_EQ(share_of(8, share_units(0)), 1U);
  EXPECT_EQ(share_of(1U << 20, share_units(2)), 1U << 20);
}

}  // namespace
