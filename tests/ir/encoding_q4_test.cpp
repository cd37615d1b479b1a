// SPDX-License-Identifier: Apache-2.0
// quantize_q4: how well it does, and what it does at the edges.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "ir/encoding/encoding.h"
#include "ir/encoding/q4_lanes.h"
#include "ir/support/half.h"

namespace {

using Group = std::array<float, 32>;

double decoded(const ir::Q4Group& group, std::size_t i) {
  return (group.codes[i] - ir::kQ4ZeroPoint) * double(ir::f16_to_f32(group.scale)) *
         ir::kQ4ScaleUnit;
}

double squared_error(const Group& values, const ir::Q4Group& group) {
  double sum = 0;
  for (std::size_t i = 0; i < 32; ++i) sum += std::pow(values[i] - decoded(group, i), 2);
  return sum;
}

// MLC's rule for q4f16_1: codes 0 ... 14 around 7, scale = max / 7 in f16.
double squared_error_of_mlc(const Group& values) {
  float largest = 0, sum = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const float scale = ir::f16_to_f32(ir::f32_to_f16(largest / 7));
  for (const float value : values) {
    const float code = std::clamp(std::nearbyint(value / scale + 7), 0.0f, 14.0f);
    sum += std::pow(value - (code - 7) * scale, 2.0f);
  }
  return sum;
}

Group gaussian(std::mt19937& random, float deviation) {
  std::normal_distribution<float> normal(0, deviation);
  Group values;
  for (float& value : values) value = normal(random);
  return values;
}

TEST(QuantizeQ4, BeatsCodes0To14ByAQuarter) {
  std::mt19937 random(7);
  double ours = 0, mlc = 0;
  for (int i = 0; i < 20000; ++i) {
    const Group values = gaussian(random, 0.02f);
    ours += squared_error(values, ir::quantize_q4(values));
    mlc += squared_error_of_mlc(values);
  }
  EXPECT_LT(ours / mlc, 0.72);
}

TEST(QuantizeQ4, GivesEachValueItsNearestCode) {
  std::mt19937 random(8);
  for (int trial = 0; trial < 1000; ++trial) {
    const Group values = gaussian(random, std::ldexp(1.0f, trial % 20 - 12));
    const ir::Q4Group group = ir::quantize_q4(values);
    const double step = std::abs(ir::f16_to_f32(group.scale)) * ir::kQ4ScaleUnit;
    for (std::size_t i = 0; i < 32; ++i) {
      ir::Q4Group other = group;
      for (const int change : {-1, 1}) {
        const int code = group.codes[i] + change;
        if (code < 0 || code > 15) continue;
        other.codes[i] = static_cast<std::uint8_t>(code);
        EXPECT_LE(std::abs(values[i] - decoded(group, i)),
                  std::abs(values[i] - decoded(other, i)) + 0.002 * step);
      }
    }
  }
}

// One group by hand, so that a change of the rule, or of arithmetic on some machine, is seen.
TEST(QuantizeQ4, IsTheSameEverywhere) {
  Group values;
  for (std::size_t i = 0; i < 32; ++i)
    values[i] = static_cast<float>((i * 37 + 11) % 64) / 64 - 0.4f;
  const ir::Q4Group group = ir::quantize_q4(values);
  std::string codes;
  for (const std::uint8_t code : group.codes) codes += "0123456789abcdef"[code];
  EXPECT_EQ(codes, "b3917d5b2806c4a28e5c3917d5b2906c");
  EXPECT_EQ(group.scale, 0xcc69);
}

TEST(QuantizeQ4, IsExactWhereItCanBe) {
  for (const float sign : {1.0f, -1.0f}) {
    Group values;
    for (std::size_t i = 0; i < 32; ++i) values[i] = sign * (static_cast<float>(i % 16) - 8) / 16;
    const ir::Q4Group group = ir::quantize_q4(values);
    EXPECT_EQ(squared_error(values, group), 0);
    EXPECT_EQ(ir::f16_to_f32(group.scale), sign * 16);  // the signed extreme has code 0
  }
}

TEST(QuantizeQ4, TakesNothingForZero) {
  const ir::Q4Group zero;
  for (const float value : {0.0f, -0.0f, 1e-8f, std::numeric_limits<float>::denorm_min()}) {
    Group values;
    values.fill(value);
    const ir::Q4Group group = ir::quantize_q4(values);
    EXPECT_EQ(group.scale, zero.scale);
    EXPECT_TRUE(std::all_of(group.codes.begin(), group.codes.end(), [](int c) { return c == 8; }));
  }
}

TEST(QuantizeQ4, NeverMakesASubnormalOrInfiniteScale) {
  std::mt19937 random(9);
  for (int exponent = -40; exponent < 128; ++exponent) {
    const Group values = gaussian(random, std::ldexp(1.0f, exponent - 1));
    const ir::Q4Group group = ir::quantize_q4(values);
    const float scale = std::abs(ir::f16_to_f32(group.scale));
    EXPECT_TRUE(scale == 0 || (scale >= 0x1p-14f && scale <= 65504)) << exponent << ": " << scale;
  }
}

TEST(QuantizeQ4, ClampsWhatItCannotHold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Group values{};
  values[0] = kInfinity;
  values[1] = -kInfinity;
  values[2] = std::numeric_limits<float>::quiet_NaN();
  values[3] = 1e38f;
  const ir::Q4Group group = ir::quantize_q4(values);
  EXPECT_NEAR(decoded(group, 0), 2047, 300);
  EXPECT_NEAR(decoded(group, 1), -2047, 300);
  EXPECT_EQ(decoded(group, 2), 0);
  EXPECT_NEAR(decoded(group, 3), 2047, 300);
}

// Values of all magnitudes, zeros, ties and numbers that are none.
using Groups = std::array<Group, ir::kQ4Lanes>;
Groups some_tile(std::mt19937& random) {
  std::normal_distribution<float> normal;
  Groups groups{};
  for (Group& group : groups) {
    const float unit = std::ldexp(1.0f, static_cast<int>(random() % 40) - 26);
    for (float& value : group) value = unit * normal(random);
  }
  groups[3].fill(0);
  for (std::size_t i = 0; i < 32; ++i) groups[4][i] = static_cast<float>(i) / 2 - 8;
  groups[6][5] = std::numeric_limits<float>::quiet_NaN();
  groups[6][6] = -std::numeric_limits<float>::infinity();
  return groups;
}

TEST(QuantizeQ4, IsTheSameForEveryInstructionSet) {
#if defined(WEBLLM_X86_LEVELS)
  std::mt19937 random(12);
  for (int round = 0; round < 2000; ++round) {
    const Groups groups = some_tile(random);
    ir::Q4Tile baseline{}, other{};
    ir::quantize_q4_baseline(groups[0].data(), 32, baseline);
    const auto expect_equal = [&] {
      ASSERT_EQ(baseline.words, other.words);
      ASSERT_EQ(baseline.scales, other.scales);
    };
    if (__builtin_cpu_supports("x86-64-v3")) {
      ir::quantize_q4_v3(groups[0].data(), 32, other);
      expect_equal();
    }
    if (__builtin_cpu_supports("x86-64-v4")) {
      ir::quantize_q4_v4(groups[0].data(), 32, other);
      expect_equal();
    }
  }
#endif
}

TEST(QuantizeQ4, LanesDoNotTouchEachOther) {
  std::mt19937 random(13);
  const Groups groups = some_tile(random);
  ir::Q4Tile tile{};
  ir::quantize_q4(groups[0].data(), 32, tile);
  for (std::size_t lane = 0; lane < ir::kQ4Lanes; ++lane) {
    const ir::Q4Group group = ir::quantize_q4(groups[lane]);
    EXPECT_EQ(group.scale, tile.scales[lane]);
    for (std::size_t i = 0; i < 32; ++i)
      EXPECT_EQ(group.codes[i], tile.words[lane][i / 8] >> ir::q4_shift(i) & 0xfU);
  }
}

}  // namespace
