// SPDX-License-Identifier: Apache-2.0
#include "ir/encoding/encoding.h"

#include <algorithm>
#include <cmath>
#include <cstring>

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
int q4_code(const Word& word, std::size_t i) {
  return static_cast<int>((word[i / 8] >> q4_shift(i)) & 0xf);
}
float q4_scale(std::span<const std::byte> scales, std::uint64_t index) {
  std::uint16_t bits;
  std::memcpy(&bits, scales.data() + index * sizeof bits, sizeof bits);
  return f16_to_f32(bits) * kQ4ScaleUnit;
}

void check_band(Encoding encoding, std::uint64_t k, std::size_t code_bytes,
                std::size_t scale_bytes) {
  const EncodedShape band = encoded_shape(encoding, info_of(encoding).columns, k);
  CHECK(info_of(encoding).columns > 1, "{} has no bands", name_of(encoding));
  CHECK(code_bytes == band.code_bytes && scale_bytes == band.scale_bytes,
        "a band of {} with k = {} has {} + {} bytes, not {} + {}", name_of(encoding), k,
        band.code_bytes, band.scale_bytes, code_bytes, scale_bytes);
}

// Up to 16 rows of k values as a band of q4, one tile of 16 groups after the other.
void encode_q4_band(std::span<const float> values, std::uint64_t rows, std::uint64_t k,
                    std::span<std::byte> codes, std::span<std::byte> scales) {
  std::array<std::array<float, 32>, kQ4Lanes> padded{};
  Q4Tile tile;
  for (std::uint64_t begin = 0, index = 0; begin < k; begin += 32, ++index) {
    const std::uint64_t count = std::min<std::uint64_t>(32, k - begin);
    if (rows == kQ4Lanes && count == 32) {
      quantize_q4(&values[begin], k, tile);
    } else {
      for (std::uint64_t row = 0; row < rows; ++row) {
        const auto group = values.subspan(row * k + begin, count);
        std::fill(std::copy(group.begin(), group.end(), padded[row].begin()), padded[row].end(), 0);
      }
      quantize_q4(padded[0].data(), 32, tile);
    }
    std::memcpy(codes.data() + index * sizeof tile.words, tile.words.data(), sizeof tile.words);
    std::memcpy(scales.data() + index * sizeof tile.scales, tile.scales.data(), sizeof tile.scales);
  }
}

// Calls visit(column, group, word index) for every word of a band, in the order of memory.
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
  if (info.columns == 1) {
    const std::uint64_t bytes = n * k * info.code_bits / 8;
    shape.code_bytes = divide_up(bytes, kWordBytes) * kWordBytes;
    return shape;
  }
  shape.band_code_bytes = shape.groups * info.columns * kWordBytes;
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
  if (encoding == Encoding::q4) return encode_q4_band(values, rows, k, codes, scales);
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
  for_each_word(info, k, [&](std::uint64_t column, std::uint64_t group, std::uint64_t index) {
    std::array<float, 32> decoded{};
    const Word word = load_word(codes, index);
    if (encoding == Encoding::tile_f32) {
      unpack_f32(word, decoded);
    } else if (encoding == Encoding::tile_f16) {
      unpack_f16(word, decoded);
    } else {
      const float scale = q4_scale(scales, index);
      for (std::size_t i = 0; i < 32; ++i)
        decoded[i] = static_cast<float>(q4_code(word, i) - kQ4ZeroPoint) * scale;
    }
    const std::uint64_t begin = group * info.group;
    const std::uint64_t count = std::min<std::uint64_t>(info.group, k - begin);
    std::copy_n(decoded.begin(), count,
                values.begin() + static_cast<std::ptrdiff_t>(column * k + begin));
  });
}

void term_magnitudes(Encoding encoding, std::span<const std::byte> codes,
                     std::span<const std::byte> scales, std::uint64_t k,
                     std::span<float> magnitudes) {
  decode_band(encoding, codes, scales, k, magnitudes);
  for (float& value : magnitudes) value = std::abs(value);
  if (encoding != Encoding::q4) return;
  const EncodingInfo& info = info_of(encoding);
  for_each_word(info, k, [&](std::uint64_t column, std::uint64_t group, std::uint64_t index) {
    const Word word = load_word(codes, index);
    const float scale = std::abs(q4_scale(scales, index));
    const std::uint64_t begin = group * info.group;
    for (std::uint64_t i = 0; i < info.group && begin + i < k; ++i)
      magnitudes[column * k + begin + i] =
          static_cast<float>(q4_code(word, i) + kQ4ZeroPoint) * scale;
  });
}

}  // namespace ir
