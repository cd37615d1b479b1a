// SPDX-License-Identifier: Apache-2.0
// How a weight is stored. The one place where block, tile, packing and padding of a format are
// defined: the weight writer, the kernels and the reference interpreter all read it here.
//
// Vectors (rank 1) are `f32`: plain elements. Matrices [n, k] are tiled, so that 16 neighbouring
// lanes, each holding one of 16 neighbouring rows n ("output columns"), read neighbouring 16-byte
// words while they walk along k:
//
//   codes:  [n / 16][k / (block * group)][words][16 columns] x 16 bytes
//   scales: [n / 16][k / group][16 columns] x f16              (q3, q4, q8; after all codes)
//
//              group  block  words  a block of one column holds
//   tile_f32       4      1      1  4 f32
//   tile_f16       8      1      1  8 f16, low half of each u32 first
//   q8            32      1      2  32 8-bit codes, as code_planes.h lays them out
//   q4            32      1      1  32 4-bit codes
//   q3            32      4      3  4 groups of 32 3-bit codes; each group has its scale
//
// A coded value is (code - zero point) * scale * unit. The unit is a power of two that keeps the
// scales of small weights out of f16's subnormals, which GPUs may flush. n is padded to 16, k to
// the block: padded codes equal the zero point (or are 0.0), scales of wholly padded groups are 0,
// so that padded columns decode to exactly 0.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace ir {

enum class Encoding : std::uint8_t { f32, tile_f32, tile_f16, q8, q4, q3 };

struct EncodingInfo {
  Encoding encoding;
  std::string_view name;
  std::uint32_t columns;  // columns of a tile; 1: not tiled
  std::uint32_t group;    // values of one step along k; those of a coded group share a scale
  std::uint32_t block;    // groups of one column that fill whole 16-byte words together
  std::uint32_t words;    // 16-byte words of a block
  std::uint32_t code_bits;
  std::uint32_t scale_bytes;  // per group; 0: values are stored as they are, not as codes

  constexpr bool has_codes() const { return scale_bytes > 0; }
  // The code of 0; codes 0 ... 2 * zero_point() - 1 stand for values on both sides of it.
  constexpr int zero_point() const { return 1 << (code_bits - 1); }
  // What a scale of 1 stands for. Scales that are normal f16 cover groups whose largest weight is
  // between 2^-19 and 2047, with codes of any length.
  constexpr float unit() const {
    return has_codes() ? 1.0f / static_cast<float>(1 << (code_bits + 4)) : 1.0f;
  }
};

inline constexpr std::uint32_t kWordBytes = 16;
inline constexpr std::uint32_t kTileColumns = 16;
inline constexpr std::uint32_t kCodeGroup = 32;  // values that share a scale

inline constexpr std::array kEncodings = {
    EncodingInfo{Encoding::f32, "f32", 1, 1, 1, 1, 32, 0},
    EncodingInfo{Encoding::tile_f32, "tile_f32", kTileColumns, 4, 1, 1, 32, 0},
    EncodingInfo{Encoding::tile_f16, "tile_f16", kTileColumns, 8, 1, 1, 16, 0},
    EncodingInfo{Encoding::q8, "q8", kTileColumns, kCodeGroup, 1, 2, 8, 2},
    EncodingInfo{Encoding::q4, "q4", kTileColumns, kCodeGroup, 1, 1, 4, 2},
    EncodingInfo{Encoding::q3, "q3", kTileColumns, kCodeGroup, 4, 3, 3, 2},
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
  std::uint64_t blocks = 0;                                 // ceil(groups / block)
  std::uint64_t code_bytes = 0;                             // tiles * blocks * words * 16 * 16
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

}  // namespace ir
