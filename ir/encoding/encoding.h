// SPDX-License-Identifier: Apache-2.0
// How a weight is stored. The one place where block, tile, packing and padding of a format are
// defined: the weight writer, the kernels and the reference interpreter all read it here.
//
// Vectors (rank 1) are `f32`: plain elements. Matrices [n, k] are tiled, so that 16 neighbouring
// lanes, each holding one of 16 neighbouring rows n ("output columns"), read neighbouring 16-byte
// words while they walk along k:
//
//   codes:  [n / 16][k / group][16 columns] x 16 bytes         group values of one column per word
//   scales: [n / 16][k / group][16 columns] x f16              (q4 only; after all codes)
//
//              group  a 16-byte word holds
//   tile_f32       4  4 f32
//   tile_f16       8  8 f16, low half of each u32 first
//   q4            32  32 4-bit codes: byte b of u32 w holds value 8w + b in its low half and
//                     value 8w + 4 + b in its high half, so that a mask, and a shift and a mask,
//                     each give four neighbouring values
//
// A q4 value is (code - 8) * scale * 2^-8. The power of two keeps the scales of small weights out
// of f16's subnormals, which GPUs may flush. n is padded to 16, k to the group: padded codes equal
// the zero point (or are 0.0), scales of wholly padded groups are 0, so that padded columns decode
// to exactly 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ir {

enum class Encoding : std::uint8_t { f32, tile_f32, tile_f16, q4 };

struct EncodingInfo {
  Encoding encoding;
  std::string_view name;
  std::uint32_t columns;  // columns of a tile; 1: not tiled
  std::uint32_t group;    // values per 16-byte word (1 for plain f32: see above)
  std::uint32_t code_bits;
  std::uint32_t scale_bytes;  // per group; 0: no scales
};

inline constexpr std::uint32_t kWordBytes = 16;
inline constexpr int kQ4ZeroPoint = 8;
inline constexpr float kQ4ScaleUnit = 1.0f / 256;  // 2^-8
// Where the code of value i of a group begins in its u32.
constexpr std::uint32_t q4_shift(std::size_t i) {
  const auto byte = static_cast<std::uint32_t>(i % 4);
  return 8 * byte + (i % 8 < 4 ? 0 : 4);
}

inline constexpr std::array kEncodings = {
    EncodingInfo{Encoding::f32, "f32", 1, 1, 32, 0},
    EncodingInfo{Encoding::tile_f32, "tile_f32", 16, 4, 32, 0},
    EncodingInfo{Encoding::tile_f16, "tile_f16", 16, 8, 16, 0},
    EncodingInfo{Encoding::q4, "q4", 16, 32, 4, 2},
};

constexpr const EncodingInfo& info_of(Encoding encoding) {
  return kEncodings[static_cast<std::size_t>(encoding)];
}
constexpr std::string_view name_of(Encoding encoding) { return info_of(encoding).name; }
std::optional<Encoding> encoding_named(std::string_view name);

// The extents of an [n, k] matrix in an encoding, all derived from EncodingInfo.
struct EncodedShape {
  std::uint64_t tiles = 0;                                  // ceil(n / 16)
  std::uint64_t groups = 0;                                 // ceil(k / group)
  std::uint64_t code_bytes = 0;                             // tiles * groups * 16 * 16
  std::uint64_t scale_bytes = 0;                            // tiles * groups * 16 * 2, or 0
  std::uint64_t band_code_bytes = 0, band_scale_bytes = 0;  // of one tile of 16 columns

  std::uint64_t bytes() const { return code_bytes + scale_bytes; }
};

// For rank 1 (plain f32) pass n = the length and k = 1; bytes are rounded up to 16.
EncodedShape encoded_shape(Encoding encoding, std::uint64_t n, std::uint64_t k);

// Encodes up to 16 rows of k values each (row-major, `rows` of them present) as one band:
// `codes` and `scales` have the band's sizes from encoded_shape.
void encode_band(Encoding encoding, std::span<const float> values, std::uint64_t rows,
                 std::uint64_t k, std::span<std::byte> codes, std::span<std::byte> scales);

// The inverse: 16 rows of k values, padded rows included.
void decode_band(Encoding encoding, std::span<const std::byte> codes,
                 std::span<const std::byte> scales, std::uint64_t k, std::span<float> values);

// For each value of a band, the absolute value of what a kernel may sum on its behalf: |value|, but
// (code + 8) * |scale| for q4, where code * x and 8 * x may be summed apart. Error bounds need it.
void term_magnitudes(Encoding encoding, std::span<const std::byte> codes,
                     std::span<const std::byte> scales, std::uint64_t k,
                     std::span<float> magnitudes);

// One group of 32 values as q4: the scale (in units of 2^-8, f16 bits) and codes that give the
// least squared error among the scales tried (see q4.cpp). A scale is 0 or a normal f16. Values
// beyond what f16 scales reach (2047) are clamped, and NaN is taken for 0: neither is accepted from
// a checkpoint.
struct Q4Group {
  std::uint16_t scale = 0;
  std::array<std::uint8_t, 32> codes{};
};
Q4Group quantize_q4(std::span<const float, 32> values);

// The same for the 16 groups of a tile at once: 32 values at each of groups, groups + stride, ...
inline constexpr std::size_t kQ4Lanes = 16;
struct Q4Tile {
  std::array<std::array<std::uint32_t, 4>, kQ4Lanes> words;  // codes, as they are stored
  std::array<std::uint16_t, kQ4Lanes> scales;
};
void quantize_q4(const float* groups, std::size_t stride, Q4Tile& tile);

}  // namespace ir
