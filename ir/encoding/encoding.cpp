// SPDX-License-Identifier: Apache-2.0
#include "ir/encoding/encoding.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ir/encoding/code_planes.h"
#include "ir/encoding/quantize.h"
#include "ir/support/check.h"
#include "ir/support/half.h"

namespace ir {
namespace {

constexpr std::uint64_t divide_up(std::uint64_t n, std::uint64_t by) { return (n + by - 1) / by; }

// The 16 bytes of one column and one group, as the kernels see them.
using Word = std::array<std::uint32_t, 4>;

void store_word(std::span<std::byte> codes, std::uint64_t index, const Word& word) {
  std::memcpy(codes.data() + index * kWordBytes, word.data(), kWordBytes);
}
Word load_word(std::span<const std::byte> codes, std::uint64_t index) {
  Word word;
  std::memcpy(word.data(), codes.data() + index * kWordBytes, kWordBytes);
  return word;
}

Word pack_f32(std::span<const float> values) {
  Word word;
  for (std::size_t i = 0; i < 4; ++i) word[i] = std::bit_cast<std::uint32_t>(values[i]);
  return word;
}
Word pack_f16(std::span<const float> values) {
  Word word{};
  for (std::size_t i = 0; i < 8; ++i)
    word[i / 2] |= static_cast<std::uint32_t>(f32_to_f16(values[i])) << (16 * (i % 2));
  return word;
}
void unpack_f32(const Word& word, std::span<float> values) {
  for (std::size_t i = 0; i < 4; ++i) values[i] = std::bit_cast<float>(word[i]);
}
void unpack_f16(const Word& word, std::span<float> values) {
  for (std::size_t i = 0; i < 8; ++i)
    values[i] = f16_to_f32(static_cast<std::uint16_t>(word[i / 2] >> (16 * (i % 2))));
}

// Calls visit(i, byte) for u32 i of a group of codes and its place in the codes of a band.
template <class Visit>
void for_each_u32(const EncodingInfo& info, std::uint64_t column, std::uint64_t group,
                  Visit&& visit) {
  const auto within = static_cast<std::uint32_t>(group % info.block);
  for_each_plane(info.code_bits, [&](const CodePlane& plane) {
    for (std::uint32_t i = 0; i < plane.bits; ++i) {
      const std::uint32_t at = plane.in_block(info.block, within, i);
      const std::uint64_t word = group / info.block * info.words + at / 4;
      visit(plane.first + i, (word * info.columns + column) * kWordBytes + at % 4 * 4ULL);
    }
  });
}

// One group of codes with its scale.
struct CodedGroup {
  std::array<std::uint32_t, 8> u32s;
  float scale;
};
CodedGroup load_group(const EncodingInfo& info, std::span<const std::byte> codes,
                      std::span<const std::byte> scales, std::uint64_t column,
                      std::uint64_t group) {
  CodedGroup loaded;
  for_each_u32(info, column, group, [&](std::uint32_t i, std::uint64_t byte) {
    std::memcpy(&loaded.u32s[i], &codes[byte], 4);
  });
  std::uint16_t bits;
  std::memcpy(&bits, &scales[(group * info.columns + column) * sizeof bits], sizeof bits);
  loaded.scale = f16_to_f32(bits) * info.unit();
  return loaded;
}

void store_codes(const EncodingInfo& info, const QuantizedTile& tile, std::uint64_t group,
                 std::span<std::byte> codes) {
  if (info.block == 1 && info.words == 1) {  // the order is the same
    constexpr std::size_t kTileBytes = std::size_t{kTileColumns} * kWordBytes;
    std::memcpy(&codes[group * kTileBytes], tile.codes.data(), kTileBytes);
    return;
  }
  for (std::uint64_t column = 0; column < info.columns; ++column)
    for_each_u32(info, column, group, [&](std::uint32_t i, std::uint64_t byte) {
      std::memcpy(&codes[byte], &tile.codes[column * info.code_bits + i], 4);
    });
}

void check_band(Encoding encoding, std::uint64_t k, std::size_t code_bytes,
                std::size_t scale_bytes) {
  const EncodedShape band = encoded_shape(encoding, info_of(encoding).columns, k);
  CHECK(info_of(encoding).columns > 1, "{} has no bands", name_of(encoding));
  CHECK(code_bytes == band.code_bytes && scale_bytes == band.scale_bytes,
        "a band of {} with k = {} has {} + {} bytes, not {} + {}", name_of(encoding), k,
        band.code_bytes, band.scale_bytes, code_bytes, scale_bytes);
}

// Up to 16 rows of k values as a band of codes, one tile of 16 groups after the other; those that
// only fill the last block are zeros without scales.
void encode_codes(const EncodingInfo& info, std::span<const float> values, std::uint64_t rows,
                  std::uint64_t k, std::span<std::byte> codes, std::span<std::byte> scales) {
  std::array<std::array<float, kCodeGroup>, kTileColumns> padded{};
  QuantizedTile tile;
  const EncodedShape shape = encoded_shape(info.encoding, rows, k);
  for (std::uint64_t group = 0; group < shape.blocks * info.block; ++group) {
    const std::uint64_t begin = std::min(k, group * kCodeGroup);
    const std::uint64_t count = std::min<std::uint64_t>(kCodeGroup, k - begin);
    if (rows == kTileColumns && count == kCodeGroup) {
      quantize(info.code_bits, &values[begin], k, tile);
    } else {
      for (std::uint64_t row = 0; row < rows; ++row) {
        const auto present = values.subspan(row * k + begin, count);
        std::fill(std::copy(present.begin(), present.end(), padded[row].begin()), padded[row].end(),
                  0);
      }
      quantize(info.code_bits, padded[0].data(), kCodeGroup, tile);
    }
    store_codes(info, tile, group, codes);
    if (group < shape.groups)
      std::memcpy(&scales[group * sizeof tile.scales], tile.scales.data(), sizeof tile.scales);
  }
}

// Calls visit(place in a row-major band, code, scale) for every coded value.
template <class Visit>
void for_each_code(const EncodingInfo& info, std::span<const std::byte> codes,
                   std::span<const std::byte> scales, std::uint64_t k, Visit&& visit) {
  for (std::uint64_t begin = 0, group = 0; begin < k; begin += kCodeGroup, ++group)
    for (std::uint64_t column = 0; column < info.columns; ++column) {
      const CodedGroup loaded = load_group(info, codes, scales, column, group);
      const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(kCodeGroup, k - begin));
      for (std::uint32_t i = 0; i < count; ++i)
        visit(column * k + begin + i,
              static_cast<int>(code_at(info.code_bits, loaded.u32s.data(), i)), loaded.scale);
    }
}

// Calls visit(column, group, word index) for every word of a band of plain values, in the order of
// memory.
template <class Visit>
void for_each_word(const EncodingInfo& info, std::uint64_t k, Visit&& visit) {
  for (std::uint64_t group = 0; group < divide_up(k, info.group); ++group)
    for (std::uint64_t column = 0; column < info.columns; ++column)
      visit(column, group, group * info.columns + column);
}

}  // namespace

std::optional<Encoding> encoding_named(std::string_view name) {
  for (const EncodingInfo& info : kEncodings)
    if (info.name == name) return info.encoding;
  return std::nullopt;
}

EncodedShape encoded_shape(Encoding encoding, std::uint64_t n, std::uint64_t k) {
  const EncodingInfo& info = info_of(encoding);
  EncodedShape shape;
  shape.tiles = divide_up(n, info.columns);
  shape.groups = divide_up(k, info.group);
  shape.blocks = divide_up(shape.groups, info.block);
  if (info.columns == 1) {
    const std::uint64_t bytes = n * k * info.code_bits / 8;
    shape.code_bytes = divide_up(bytes, kWordBytes) * kWordBytes;
    return shape;
  }
  shape.band_code_bytes = shape.blocks * info.words * info.columns * kWordBytes;
  shape.band_scale_bytes = shape.groups * info.columns * info.scale_bytes;
  shape.code_bytes = shape.tiles * shape.band_code_bytes;
  shape.scale_bytes = shape.tiles * shape.band_scale_bytes;
  return shape;
}

void encode_band(Encoding encoding, std::span<const float> values, std::uint64_t rows,
                 std::uint64_t k, std::span<std::byte> codes, std::span<std::byte> scales) {
  check_band(encoding, k, codes.size(), scales.size());
  const EncodingInfo& info = info_of(encoding);
  CHECK(rows <= info.columns && values.size() == rows * k, "{} rows of {}: {} values", rows, k,
        values.size());
  if (info.has_codes()) return encode_codes(info, values, rows, k, codes, scales);
  for_each_word(info, k, [&](std::uint64_t column, std::uint64_t group, std::uint64_t index) {
    std::array<float, 8> padded{};
    const std::uint64_t begin = group * info.group;
    const std::uint64_t count = column < rows ? std::min<std::uint64_t>(info.group, k - begin) : 0;
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(count ? column * k + begin : 0), count,
                padded.begin());
    if (encoding == Encoding::tile_f32) return store_word(codes, index, pack_f32(padded));
    store_word(codes, index, pack_f16(padded));
  });
}

void decode_band(Encoding encoding, std::span<const std::byte> codes,
                 std::span<const std::byte> scales, std::uint64_t k, std::span<float> values) {
  check_band(encoding, k, codes.size(), scales.size());
  const EncodingInfo& info = info_of(encoding);
  CHECK(values.size() == info.columns * k, "{} values", values.size());
  if (info.has_codes()) {
    for_each_code(info, codes, scales, k, [&](std::uint64_t at, int code, float scale) {
      values[at] = static_cast<float>(code - info.zero_point()) * scale;
    });
    return;
  }
  for_each_word(info, k, [&](std::uint64_t column, std::uint64_t group, std::uint64_t index) {
    std::array<float, 8> decoded;
    const Word word = load_word(codes, index);
    if (encoding == Encoding::tile_f32)
      unpack_f32(word, decoded);
    else
      unpack_f16(word, decoded);
    const std::uint64_t begin = group * info.group;
    const std::uint64_t count = std::min<std::uint64_t>(info.group, k - begin);
    std::copy_n(decoded.begin(), count,
                values.begin() + static_cast<std::ptrdiff_t>(column * k + begin));
  });
}

}  // namespace ir
