// SPDX-License-Identifier: Apache-2.0
// quantize: how well it does, and what it does at the edges, with codes of every length.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "ir/encoding/code_planes.h"
#include "ir/encoding/quantize.h"
#include "ir/encoding/quantize_lanes.h"
#include "ir/support/half.h"

namespace {

using Group = std::array<float, ir::kCodeGroup>;

const ir::EncodingInfo& info_of(std::uint32_t code_bits) {
  return *std::find_if(ir::kEncodings.begin(), ir::kEncodings.end(), [&](const auto& info) {
    return info.has_codes() && info.code_bits == code_bits;
  });
}

double step_of(std::uint32_t code_bits, const ir::QuantizedGroup& group) {
  return double(ir::f16_to_f32(group.scale)) * info_of(code_bits).unit();
}

double decoded(std::uint32_t code_bits, const ir::QuantizedGroup& group, std::size_t i) {
  return (group.codes[i] - info_of(code_bits).zero_point()) * step_of(code_bits, group);
}

double squared_error(std::uint32_t code_bits, const Group& values,
                     const ir::QuantizedGroup& group) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += std::pow(values[i] - decoded(code_bits, group, i), 2);
  return sum;
}

// MLC's rule: an odd number of codes around 0, scale = max / (2^(bits - 1) - 1) in f16.
double squared_error_of_mlc(std::uint32_t code_bits, const Group& values) {
  const auto largest_code = static_cast<float>((1 << (code_bits - 1)) - 1);
  float largest = 0, sum = 0;
  for (const float value : values) largest = std::max(largest, std::abs(value));
  const float scale = ir::f16_to_f32(ir::f32_to_f16(largest / largest_code));
  for (const float value : values) {
    const float code = std::clamp(std::nearbyint(value / scale), -largest_code, largest_code);
    sum += std::pow(value - code * scale, 2.0f);
  }
  return sum;
}

Group gaussian(std::mt19937& random, float deviation) {
  std::normal_distribution<float> normal(0, deviation);
  Group values;
  for (float& value : values) value = normal(random);
  return values;
}

class Quantize : public testing::TestWithParam<std::uint32_t> {
 protected:
  const std::uint32_t bits_ = GetParam();
};
INSTANTIATE_TEST_SUITE_P(Bits, Quantize, testing::Values(3, 4, 8),
                         testing::PrintToStringParamName());

TEST_P(Quantize, BeatsCodesAroundZero) {
  std::mt19937 random(7);
  double ours = 0, mlc = 0;
  for (int i = 0; i < 20000; ++i) {
    const Group values = gaussian(random, 0.02f);
    ours += squared_error(bits_, values, ir::quantize(bits_, values));
    mlc += squared_error_of_mlc(bits_, values);
  }
  EXPECT_LT(ours / mlc, bits_ == 3 ? 0.53 : bits_ == 4 ? 0.72 : 0.82);
}

// Up to what the grid cannot tell apart: it is 2^14 steps wide, of which 8-bit codes are 2^7 wide.
TEST_P(Quantize, GivesEachValueItsNearestCode) {
  const double grid = std::ldexp(1.0, static_cast<int>(bits_) - 13);
  std::mt19937 random(8);
  for (int trial = 0; trial < 1000; ++trial) {
    const Group values = gaussian(random, std::ldexp(1.0f, trial % 20 - 12));
    const ir::QuantizedGroup group = ir::quantize(bits_, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ir::QuantizedGroup other = group;
      for (const int change : {-1, 1}) {
        const int code = group.codes[i] + change;
        if (code < 0 || code >= 2 * info_of(bits_).zero_point()) continue;
        other.codes[i] = static_cast<std::uint8_t>(code);
        EXPECT_LE(std::abs(values[i] - decoded(bits_, group, i)),
                  std::abs(values[i] - decoded(bits_, other, i)) +
                      grid * std::abs(step_of(bits_, group)));
      }
    }
  }
}

// One group by hand, so that a change of the rule, or of arithmetic on some machine, is seen.
TEST(QuantizeBits4, IsTheSameEverywhere) {
  Group values;
  for (std::size_t i = 0; i < 32; ++i)
    values[i] = static_cast<float>((i * 37 + 11) % 64) / 64 - 0.4f;
  const ir::QuantizedGroup group = ir::quantize(4, values);
  std::string codes;
  for (const std::uint8_t code : group.codes) codes += "0123456789abcdef"[code];
  EXPECT_EQ(codes, "b3917d5b2806c4a28e5c3917d5b2906c");
  EXPECT_EQ(group.scale, 0xcc69);
}

TEST_P(Quantize, IsExactWhereItCanBe) {
  const int zero = info_of(bits_).zero_point();
  for (const float sign : {1.0f, -1.0f}) {
    Group values;
    for (std::size_t i = 0; i < 32; ++i)
      values[i] = sign * static_cast<float>(static_cast<int>(i * 8) % (2 * zero) - zero) / 16;
    const ir::QuantizedGroup group = ir::quantize(bits_, values);
    EXPECT_EQ(squared_error(bits_, values, group), 0);
    EXPECT_EQ(step_of(bits_, group), sign / 16);  // the signed extreme has code 0
  }
}

TEST_P(Quantize, TakesNothingForZero) {
  for (const float value : {0.0f, -0.0f, 4e-9f, std::numeric_limits<float>::denorm_min()}) {
    Group values;
    values.fill(value);
    const ir::QuantizedGroup group = ir::quantize(bits_, values);
    EXPECT_EQ(group.scale, 0);
    EXPECT_TRUE(std::all_of(group.codes.begin(), group.codes.end(),
                            [&](int code) { return code == info_of(bits_).zero_point(); }));
  }
}

TEST_P(Quantize, NeverMakesASubnormalOrInfiniteScale) {
  std::mt19937 random(9);
  for (int exponent = -40; exponent < 128; ++exponent) {
    const Group values = gaussian(random, std::ldexp(1.0f, exponent - 1));
    const float scale = std::abs(ir::f16_to_f32(ir::quantize(bits_, values).scale));
    EXPECT_TRUE(scale == 0 || (scale >= 0x1p-14f && scale <= 65504)) << exponent << ": " << scale;
  }
}

TEST_P(Quantize, ClampsWhatItCannotHold) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Group values{};
  values[0] = kInfinity;
  values[1] = -kInfinity;
  values[2] = std::numeric_limits<float>::quiet_NaN();
  values[3] = 1e38f;
  const ir::QuantizedGroup group = ir::quantize(bits_, values);
  EXPECT_NEAR(decoded(bits_, group, 0), 2047, bits_ == 3 ? 520 : 300);
  EXPECT_NEAR(decoded(bits_, group, 1), -2047, bits_ == 3 ? 520 : 300);
  EXPECT_EQ(decoded(bits_, group, 2), 0);
  EXPECT_NEAR(decoded(bits_, group, 3), 2047, bits_ == 3 ? 520 : 300);
}

// Values of all magnitudes, zeros, ties and numbers that are none.
using Groups = std::array<Group, ir::kTileColumns>;
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

TEST_P(Quantize, IsTheSameForEveryInstructionSet) {
#if defined(WEBLLM_X86_LEVELS)
  std::mt19937 random(12);
  for (int round = 0; round < 2000; ++round) {
    const Groups groups = some_tile(random);
    const auto quantized = [&](ir::Quantizer* quantizer) {
      ir::QuantizedTile tile{};
      quantizer(bits_, groups[0].data(), ir::kCodeGroup, tile);
      return tile;
    };
    const ir::QuantizedTile baseline = quantized(ir::quantize_baseline);
    const auto expect_equal = [&](const ir::QuantizedTile& other) {
      ASSERT_EQ(baseline.codes, other.codes);
      ASSERT_EQ(baseline.scales, other.scales);
    };
    if (__builtin_cpu_supports("x86-64-v3")) expect_equal(quantized(ir::quantize_v3));
    if (__builtin_cpu_supports("x86-64-v4")) expect_equal(quantized(ir::quantize_v4));
  }
#endif
}

TEST_P(Quantize, LanesDoNotTouchEachOther) {
  std::mt19937 random(13);
  const Groups groups = some_tile(random);
  ir::QuantizedTile tile{};
  ir::quantize(bits_, groups[0].data(), ir::kCodeGroup, tile);
  for (std::uint32_t column = 0; column < ir::kTileColumns; ++column) {
    const ir::QuantizedGroup group = ir::quantize(bits_, groups[column]);
    EXPECT_EQ(group.scale, tile.scales[column]);
    for (std::uint32_t i = 0; i < ir::kCodeGroup; ++i)
      EXPECT_EQ(group.codes[i], ir::code_at(bits_, &tile.codes[column * bits_], i));
  }
}

}  // namespace
