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
  const ir::EncodedShape q8 = ir::encoded_shape(Encoding::q8, 17, 33);
  EXPECT_EQ(q8.code_bytes, 2u * 2 * 2 * 16 * 16);
  EXPECT_EQ(q8.scale_bytes, q4.scale_bytes);
  const ir::EncodedShape q3 = ir::encoded_shape(Encoding::q3, 17, 129);
  EXPECT_EQ(q3.groups, 5u);
  EXPECT_EQ(q3.blocks, 2u);
  EXPECT_EQ(q3.band_code_bytes, 2u * 3 * 16 * 16);
  EXPECT_EQ(q3.band_scale_bytes, 5u * 16 * 2);
  EXPECT_EQ(ir::encoded_shape(Encoding::tile_f16, 16, 8).bytes(), 256u);
  EXPECT_EQ(ir::encoded_shape(Encoding::tile_f32, 1, 5).code_bytes, 2u * 16 * 16);
  EXPECT_EQ(ir::encoded_shape(Encoding::f32, 5, 1).bytes(), 32u);  // 20, rounded up to words
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    EXPECT_EQ(ir::encoded_shape(info.encoding, 0, 8).bytes(), 0u) << info.name;
    EXPECT_EQ(ir::encoded_shape(info.encoding, 8, 0).bytes(), 0u) << info.name;
  }
}

// Blocks hold whole words, so that no bit is lost.
TEST(Encoding, FillsItsWords) {
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    if (info.columns == 1) continue;
    EXPECT_EQ(info.block * info.group * info.code_bits, info.words * ir::kWordBytes * 8)
        << info.name;
  }
}

// Where the header says that a bit of code i of a block lies.
struct Bit {
  std::size_t word, u32, bit;
};
Bit place_of(Encoding encoding, std::size_t i, std::size_t bit) {
  const std::size_t group = i / 32, value = i % 32, byte = value % 4;
  if (encoding == Encoding::q8) return {value / 16, value / 4 % 4, 8 * byte + bit};
  if (encoding == Encoding::q4) return {0, value / 8, 8 * byte + 4 * (value / 4 % 2) + bit};
  if (bit == 2) return {2, group, 8 * byte + value / 4};
  return {group / 2, group % 2 * 2 + value / 16, 8 * byte + 2 * (value % 16 / 4) + bit};
}

// Each value of a block in turn has code 0; the codes of the others in its group are all ones.
TEST(Encoding, PutsEveryBitOfACodeWhereTheHeaderSays) {
  for (const Encoding encoding : {Encoding::q8, Encoding::q4, Encoding::q3}) {
    const ir::EncodingInfo& info = ir::info_of(encoding);
    const std::size_t k = info.block * info.group;
    const float zero_point = static_cast<float>(info.zero_point());
    for (std::size_t at = 0; at < k; ++at) {
      std::vector<float> values(k, zero_point - 1);
      values[at] = -zero_point;
      const Band band = encode(encoding, values, 1, k);
      for (std::size_t i = 0; i < k; ++i) {
        if (i / 32 != at / 32) continue;  // other groups turn their range around
        for (std::size_t bit = 0; bit < info.code_bits; ++bit) {
          const Bit place = place_of(encoding, i, bit);
          const std::uint32_t u32 = u32_at(band.codes, place.word * 16 * 16 + place.u32 * 4);
          EXPECT_EQ(u32 >> place.bit & 1, i == at ? 0u : 1u) << info.name << " " << at << " " << i;
        }
      }
      const std::size_t scale = at / 32 * 16;
      EXPECT_EQ(u32_at(band.scales, scale * 2) & 0xffff, ir::f32_to_f16(1 / info.unit()));
    }
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

// How far values below 1 may come back from where they were. Half a step of codes is 2^-bits; the
// scale that is best for a group may cut off up to a step at its ends.
float tolerance_of(const ir::EncodingInfo& info) {
  if (info.has_codes()) return std::ldexp(3.0f, -static_cast<int>(info.code_bits));
  return info.encoding == Encoding::tile_f32 ? 0.0f : 0x1p-11f;
}

TEST(Encoding, SurvivesShapesAroundItsBorders) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-1, 1);
  for (const ir::EncodingInfo& info : ir::kEncodings) {
    if (info.columns == 1) continue;
    const Encoding encoding = info.encoding;
    for (const std::uint64_t rows : {0, 1, 15, 16}) {
      for (const std::uint64_t k :
           {0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 127, 129}) {
        std::vector<float> values(rows * k);
        for (float& each : values) each = value(random);
        const std::vector<float> decoded = decode(encoding, encode(encoding, values, rows, k), k);
        for (std::size_t i = 0; i < decoded.size(); ++i) {
          const float expected = i < values.size() ? values[i] : 0.0f;
          const float tolerance = i < values.size() ? tolerance_of(info) : 0.0f;
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
  const auto scale = [](const Band& of, std::size_t index) {
    return u32_at(of.scales, index / 2 * 4) >> 16 * (index % 2) & 0xffff;
  };
  EXPECT_EQ(u32_at(band.codes, 16 * 16) & 0xfffffff0u, 0x88888880u);  // value 32, then padding
  EXPECT_NE(scale(band, 0), 0u);
  EXPECT_NE(scale(band, 16), 0u);
  for (std::size_t column = 1; column < 16; ++column) {
    EXPECT_EQ(u32_at(band.codes, column * 16), 0x88888888u);
    EXPECT_EQ(scale(band, column), 0u);
    EXPECT_EQ(scale(band, 16 + column), 0u);
  }
  const Band q3 = encode(Encoding::q3, values, 1, 33);  // groups 2 and 3 only fill the block
  ASSERT_EQ(q3.scales.size(), 2u * 16 * 2);
  EXPECT_EQ(u32_at(q3.codes, 1 * 16 * 16), 0u);                    // low bits of code 4: none
  EXPECT_EQ(u32_at(q3.codes, 2 * 16 * 16 + 8), 0xffffffffu);       // high bits of group 2
  EXPECT_EQ(u32_at(q3.codes, 2 * 16 * 16 + 4) | 1u, 0xffffffffu);  // of group 1 after value 32
  EXPECT_EQ(u32_at(q3.codes, (2 * 16 + 1) * 16), 0xffffffffu);     // of column 1
}

TEST(EncodingDeathTest, ChecksSizes) {
  std::vector<float> values(32);
  std::vector<std::byte> codes(256), scales(31);
  EXPECT_DEATH(ir::encode_band(Encoding::q4, values, 1, 32, codes, scales), "a band of q4");
}

}  // namespace
