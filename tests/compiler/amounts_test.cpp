// SPDX-License-Identifier: Apache-2.0
#include "compiler/amounts.h"

#include <gtest/gtest.h>

namespace compiler {
namespace {

TEST(Amounts, BytesHaveThreeDigitsAndAUnit) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(1000), "1.00 kB");
  EXPECT_EQ(format_bytes(999'499), "999 kB");
  EXPECT_EQ(format_bytes(999'500), "1.00 MB");
  EXPECT_EQ(format_bytes(1'180'000), "1.18 MB");
  EXPECT_EQ(format_bytes(13'480'000'000), "13.5 GB");
  EXPECT_EQ(format_bytes(1'234'000'000'000'000), "1234 TB");
}

TEST(Amounts, CountsAreShort) {
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(260'032), "260 K");
  EXPECT_EQ(format_count(7'241'732'096), "7.24 B");
}

TEST(Amounts, DurationsAreMinutesAndSeconds) {
  EXPECT_EQ(format_seconds(0.2), "0:00");
  EXPECT_EQ(format_seconds(59.6), "1:00");
  EXPECT_EQ(format_seconds(75), "1:15");
  EXPECT_EQ(format_seconds(3723), "1:02:03");
}

}  // namespace
}  // namespace compiler
