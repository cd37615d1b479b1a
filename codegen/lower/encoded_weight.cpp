// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/encoded_weight.h"

#include <optional>

#include "ir/support/check.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT
using ir::Encoding;

namespace {

constexpr std::uint32_t kLowNibbles = 0x0f0f0f0f;

// Four codes from the low halves of the bytes of a u32, as floats.
Expr codes_of(Builder& b, Expr word, Expr shift) {
  const Expr nibbles = b.binary(BinaryKind::shift_right, word, shift) & b.u32(kLowNibbles);
  return b.convert(b.unpack(UnpackKind::u8x4, nibbles), Scalar::f32);
}

// Two u32 of four halves as vec4<f32>.
Expr halves_of(Builder& b, Expr low, Expr high) {
  const Expr a = b.unpack(UnpackKind::half2, low);
  const Expr c = b.unpack(UnpackKind::half2, high);
  return b.vector({b.extract(a, 0), b.extract(a, 1), b.extract(c, 0), b.extract(c, 1)});
}

}  // namespace

EncodedWeight::EncodedWeight(const StoredTensor& tensor)
    : tensor_(tensor), info_(ir::info_of(tensor.encoding)) {
  CHECK(tensor.shape.size() == 2 && info_.columns > 1, "{} is not a tiled matrix", tensor.name);
  shape_ = ir::encoded_shape(tensor.encoding, n(), k());
}

Type EncodedWeight::word_type() const {
  return tensor_.encoding == Encoding::tile_f32 ? kVec4F32 : kVec4U32;
}

float EncodedWeight::unit() const {
  return tensor_.encoding == Encoding::q4 ? ir::kQ4ScaleUnit : 1.0f;
}

Expr EncodedWeight::word(Builder& b, MemoryId memory, Expr tile, Expr column, Expr group) const {
  const Expr word_of_tile = tile * static_cast<double>(groups()) + group;
  return b.load(memory, word_of_tile * info_.columns + column);
}

// Scales are f16, eight to a 16-byte word, in a plane of their own after all codes.
Expr EncodedWeight::scale(Builder& b, MemoryId memory, Expr tile, Expr column, Expr group) const {
  const Expr index = (tile * static_cast<double>(groups()) + group) * info_.columns + column;
  const Expr first = b.u32(shape_.code_bytes / ir::kWordBytes);
  const Expr eight = b.load(memory, first + (index >> 3));
  const Expr pair = b.unpack(UnpackKind::half2, b.extract(eight, (index >> 1) & 3));
  return b.extract(pair, index & 1);
}

Expr EncodedWeight::codes(Builder& b, Expr word, std::uint32_t j) const {
  switch (tensor_.encoding) {
    case Encoding::tile_f32:
      return word;
    case Encoding::tile_f16:
      return halves_of(b, b.extract(word, 2 * j), b.extract(word, 2 * j + 1));
    case Encoding::q4:
      return codes_of(b, b.extract(word, j / 2), b.u32(j % 2 * 4));
    case Encoding::f32:
      break;
  }
  CHECK(false, "{} has no tiles", tensor_.name);
  return {};
}

// By two vec4s of activations at a time, which halves the chain of additions.
EncodedWeight::Sums EncodedWeight::products(Builder& b, const std::vector<Expr>& words,
                                            std::span<const Activations> rows) const {
  Sums sums(words.size());
  for (std::vector<VariableId>& of_column : sums)
    for (std::size_t r = 0; r < rows.size(); ++r)
      of_column.push_back(b.variable("products", b.f32(0)));
  for (std::uint32_t j = 0; j < group_vec4s(); j += 2) {
    const bool has_second = j + 1 < group_vec4s();
    std::vector<Expr> first, second;
    for (const Expr word : words) {
      first.push_back(codes(b, word, j));
      if (has_second) second.push_back(codes(b, word, j + 1));
    }
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const Expr x = rows[r].four(j);
      const std::optional<Expr> y = has_second ? std::optional(rows[r].four(j + 1)) : std::nullopt;
      for (std::size_t c = 0; c < words.size(); ++c) {
        const Expr dot = b.dot(first[c], x);
        b.accumulate(sums[c][r], y ? dot + b.dot(second[c], *y) : dot);
      }
    }
  }
  return sums;
}

EncodedWeight::Dots EncodedWeight::group_dots(Builder& b, std::span<const Column> columns,
                                              Expr group, std::span<const Activations> rows) const {
  std::vector<Expr> words;
  for (const Column& c : columns) words.push_back(word(b, c.memory, c.tile, c.within, group));
  const Sums sums = products(b, words, rows);
  Dots dots(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto& [memory, tile, within] = columns[c];
    std::optional<Expr> factor;
    if (info_.scale_bytes > 0) factor = scale(b, memory, tile, within, group);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      Expr sum = b.get(sums[c][r]);
      if (needs_sum()) sum = sum - rows[r].sum() * ir::kQ4ZeroPoint;
      dots[c].push_back(factor ? sum * *factor : sum);
    }
  }
  return dots;
}

Expr EncodedWeight::activation_sum(Builder& b,
                                   const std::function<Expr(std::uint32_t j)>& four) const {
  const Expr ones = b.constant(kVec4F32, 1);
  const VariableId sum = b.variable("activations", b.f32(0));
  for (std::uint32_t j = 0; j < group_vec4s(); j += 2)
    b.accumulate(sum, b.dot(four(j) + four(j + 1), ones));
  return b.get(sum);
}

EncodedWeight::Activations EncodedWeight::activations(Builder& b, MemoryId memory,
                                                      Expr first) const {
  std::vector<Expr> fours;
  for (std::uint32_t j = 0; j < group_vec4s(); ++j) fours.push_back(b.load(memory, first + j));
  const auto four = [fours](std::uint32_t j) { return fours[j]; };
  if (!needs_sum()) return {.four = four, .sum = nullptr};
  const Expr sum = activation_sum(b, four);
  return {.four = four, .sum = [sum] { return sum; }};
}

Expr EncodedWeight::four(Builder& b, MemoryId memory, Expr n, Expr k4) const {
  const Expr tile = n / info_.columns;
  const Expr column = n % info_.columns;
  const Expr group = k4 / group_vec4s();
  const Expr within = k4 % group_vec4s();
  const Expr bits = word(b, memory, tile, column, group);
  switch (tensor_.encoding) {
    case Encoding::tile_f32:
      return bits;
    case Encoding::tile_f16:
      return halves_of(b, b.extract(bits, within * 2), b.extract(bits, within * 2 + 1));
    case Encoding::q4: {
      const Expr u = b.extract(bits, within >> 1);
      const Expr codes = codes_of(b, u, (within & 1) << 2);
      return (codes - static_cast<double>(ir::kQ4ZeroPoint)) *
             (scale(b, memory, tile, column, group) * ir::kQ4ScaleUnit);
    }
    case Encoding::f32:
      break;
  }
  CHECK(false, "{} has no tiles", tensor_.name);
  return {};
}

}  // namespace codegen::lower
