// SPDX-License-Identifier: Apache-2.0
// Storage formats: every bit of a band where encoding.h says it is, padding that decodes to 0, and
// shapes at and around the borders of tiles and groups.
#include "ir/encoding/encoding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "ir/support/half.h"

namespace {

using ir::Encoding;

struct Band {
  std::vector<std::byte> codes, scales;
};

Band encode(Encoding encoding, std::span<const float> values, std::uint64_t rows, std::uint64_t k) {
  const ir::EncodedShape shape = ir::encoded_shape(encoding, rows, k);
  Band band{std::vector<std::byte>(shape.band_code_bytes, std::byte{0xcd}),
            std::vector<std::byte>(shape.band_scale_bytes, std::byte{0xcd})};
  ir::encode_band(encoding, values, rows, k, band.codes, band.scales);
  return band;
}

std::vector<float> decode(Encoding encoding, const Band& band, std::uint64_t k) {
  std::vector<float> values(16 * k, NAN);
  ir::decode_band(encoding, band.codes, band.scales, k, values);
  return values;
}

std::uint32_t u32_at(std::span<const std::byte> bytes, std::size_t offset) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + offset, 4);
  return value;
}

TEST(Encoding, IsFoundByName) {
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    EXPECT_EQ(ir::encoding_named(info.name), info.encoding);
    EXPECT_EQ(ir::info_of(info.encoding).name, info.name);
  }
  EXPECT_FALSE(ir::encoding_named("q5"));
}

TEST(Encoding, HasTheShapesOfItsTiles) {
  const ir::EncodedShape q4 = ir::encoded_shape(Encoding::q4, 17, 33);
  EXPECT_EQ(q4.tiles, 2u);
  EXPECT_EQ(q4.groups, 2u);
  EXPECT_EQ(q4.band_code_bytes, 2u * 16 * 16);
  EXPECT_EQ(q4.band_scale_bytes, 2u * 16 * 2);
  EXPECT_EQ(q4.bytes(), 2 * (q4.band_code_bytes + q4.band_scale_bytes));
  EXPECT_EQ(ir::encoded_shape(Encoding::tile_f16, 16, 8).bytes(), 256u);
  EXPECT_EQ(ir::encoded_shape(Encoding::tile_f32, 1, 5).code_bytes, 2u * 16 * 16);
  EXPECT_EQ(ir::encoded_shape(Encoding::f32, 5, 1).bytes(), 32u);  // 20, rounded up to words
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    EXPECT_EQ(ir::encoded_shape(info.encoding, 0, 8).bytes(), 0u) << info.name;
    EXPECT_EQ(ir::encoded_shape(info.encoding, 8, 0).bytes(), 0u) << info.name;
  }
}

TEST(Encoding, PutsEveryCodeWhereTheHeaderSays) {
  // Each value in turn is the group's extreme, -8 scales; all others are 7 scales.
  for (std::size_t at = 0; at < 32; ++at) {
    std::vector<float> values(32, 7.0f);
    values[at] = -8.0f;
    const Band band = encode(Encoding::q4, values, 1, 32);
    for (std::size_t i = 0; i < 32; ++i) {
      const std::uint32_t word = u32_at(band.codes, 4 * (i / 8));
      const std::size_t byte = i % 4, high = i % 8 / 4;
      EXPECT_EQ(word >> (8 * byte + 4 * high) & 0xf, i == at ? 0u : 15u) << at << " " << i;
    }
    EXPECT_EQ(u32_at(band.scales, 0) & 0xffff, ir::f32_to_f16(256));  // in units of 2^-8
  }
}

TEST(Encoding, LaysColumnsSideBySide) {
  // Row (column) 3, second group: word 16 + 3.
  std::vector<float> values(16 * 64, 0.0f);
  values[3 * 64 + 32] = -8.0f;
  const Band q4 = encode(Encoding::q4, values, 16, 64);
  EXPECT_EQ(u32_at(q4.codes, (16 + 3) * 16), 0x88888880u);
  EXPECT_EQ(u32_at(q4.codes, (16 + 2) * 16), 0x88888888u);
  const Band f32 = encode(Encoding::tile_f32, values, 16, 64);
  EXPECT_EQ(u32_at(f32.codes, (8 * 16 + 3) * 16), std::bit_cast<std::uint32_t>(-8.0f));
  values[3 * 64 + 33] = 1.0f;
  const Band f16 = encode(Encoding::tile_f16, values, 16, 64);
  EXPECT_EQ(u32_at(f16.codes, (4 * 16 + 3) * 16), 0x3c00c800u);
}

TEST(Encoding, SurvivesShapesAroundItsBorders) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-1, 1);
  for (const Encoding encoding : {Encoding::tile_f32, Encoding::tile_f16, Encoding::q4}) {
    for (const std::uint64_t rows : {0, 1, 15, 16}) {
      for (const std::uint64_t k : {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65}) {
        std::vector<float> values(rows * k);
        for (float& each : values) each = value(random);
        const std::vector<float> decoded = decode(encoding, encode(encoding, values, rows, k), k);
        for (std::size_t i = 0; i < decoded.size(); ++i) {
          const float expected = i < values.size() ? values[i] : 0.0f;
          const float tolerance = i >= values.size() || encoding == Encoding::tile_f32 ? 0.0f
                                  : encoding == Encoding::tile_f16                     ? 0x1p-11f
                                                                                       : 0.12f;
          ASSERT_NEAR(decoded[i], expected, tolerance)
              << ir::name_of(encoding) << " rows " << rows << " k " << k << " at " << i;
        }
      }
    }
  }
}

TEST(Encoding, PadsWithTheZeroPointAndScalesOfZero) {
  const std::vector<float> values(33, 1.0f);
  const Band band = encode(Encoding::q4, values, 1, 33);
  const auto scale = [&](std::size_t index) {
    return u32_at(band.scales, index / 2 * 4) >> 16 * (index % 2) & 0xffff;
  };
  EXPECT_EQ(u32_at(band.codes, 16 * 16) & 0xfffffff0u, 0x88888880u);  // value 32, then padding
  EXPECT_NE(scale(0), 0u);
  EXPECT_NE(scale(16), 0u);
  for (std::size_t column = 1; column < 16; ++column) {
    EXPECT_EQ(u32_at(band.codes, column * 16), 0x88888888u);
    EXPECT_EQ(scale(column), 0u);
    EXPECT_EQ(scale(16 + column), 0u);
  }
}

TEST(Encoding, StatesTheTermsThatKernelsMaySum) {
  std::vector<float> values(32, 7.0f);
  values[0] = -8.0f;
  const Band band = encode(Encoding::q4, values, 1, 32);
  std::vector<float> magnitudes(16 * 32);
  ir::term_magnitudes(Encoding::q4, band.codes, band.scales, 32, magnitudes);
  EXPECT_EQ(magnitudes[0], 8.0f);   // code 0: 0 * x and 8 * x
  EXPECT_EQ(magnitudes[1], 23.0f);  // code 15: 15 * x and 8 * x
  EXPECT_EQ(magnitudes[32], 0.0f);  // padding
  const Band plain = encode(Encoding::tile_f16, values, 1, 32);
  ir::term_magnitudes(Encoding::tile_f16, plain.codes, plain.scales, 32, magnitudes);
  EXPECT_EQ(magnitudes[0], 8.0f);
}

TEST(EncodingDeathTest, ChecksSizes) {
  std::vector<float> values(32);
  std::vector<std::byte> codes(256), scales(31);
  EXPECT_DEATH(ir::encode_band(Encoding::q4, values, 1, 32, codes, scales), "a band of q4");
}

}  // namespace
