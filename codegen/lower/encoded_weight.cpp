// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/encoded_weight.h"

#include <algorithm>
#include <optional>

#include "ir/encoding/code_planes.h"
#include "ir/support/check.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT
using ir::Encoding;

namespace {

// Two u32 of four halves as vec4<f32>.
Expr halves_of(Builder& b, Expr low, Expr high, UnpackKind kind = UnpackKind::half2) {
  const Expr a = b.convert(b.unpack(kind, low), Scalar::f32);
  const Expr c = b.convert(b.unpack(kind, high), Scalar::f32);
  return b.vector({b.extract(a, 0), b.extract(a, 1), b.extract(c, 0), b.extract(c, 1)});
}

// The bits of four neighbouring codes that lie in a plane, at their place in the codes, as bytes;
// in the u32 they stand `shift` bits above the lowest of each byte.
Expr bits_of(Builder& b, const ir::CodePlane& plane, Expr u, Expr shift) {
  if (plane.bits == 8) return u;
  return (b.binary(BinaryKind::shift_right, u, shift) & b.u32(plane.mask())) << plane.first;
}

// Joins what every plane has of four codes, in the bytes of a u32.
Expr join_planes(std::uint32_t code_bits, const std::function<Expr(const ir::CodePlane&)>& bits) {
  std::optional<Expr> codes;
  ir::for_each_plane(code_bits, [&](const ir::CodePlane& plane) {
    codes = codes ? *codes | bits(plane) : bits(plane);
  });
  return *codes;
}

// The bytes of a u32, less `zero`, as vec4<f32>.
Expr numbers_of(Builder& b, Expr bytes, double zero) {
  return b.convert(b.unpack(UnpackKind::u8x4, bytes), Scalar::f32) - zero;
}

// The same by f16 arithmetic. The f16 whose bits are those of 1024 and, in the low byte, c is
// 1024 + c, and so are differences of such numbers: nothing is rounded.
Expr numbers_by_f16(Builder& b, Expr bytes, double zero) {
  const auto every_second = [&](Expr u) {
    const Expr biased = (u & b.u32(0x00ff00ff)) | b.u32(0x64006400);
    return b.convert(b.unpack(UnpackKind::f16x2, biased) - (1024 + zero), Scalar::f32);
  };
  const Expr even = every_second(bytes), odd = every_second(bytes >> 8);
  return b.vector({b.extract(even, 0), b.extract(odd, 0), b.extract(even, 1), b.extract(odd, 1)});
}

}  // namespace

EncodedWeight::EncodedWeight(const StoredTensor& tensor, const RowRange& rows)
    : tensor_(tensor), rows_(rows), info_(ir::info_of(tensor.encoding)) {
  CHECK(tensor.shape.size() == 2 && info_.columns > 1, "{} is not a tiled matrix", tensor.name);
  CHECK(rows.first % info_.columns == 0, "{} is cut inside of a tile", tensor.name);
  shape_ = ir::encoded_shape(tensor.encoding, rows.count, k());
}

EncodedWeight EncodedWeight::on(const ir::Target& target) const {
  EncodedWeight weight = *this;
  weight.target_ = target;
  return weight;
}

Expr EncodedWeight::groups_from(Builder& b, Expr first, std::uint32_t count) const {
  if (groups() % count == 0) return b.u32(count);
  return b.binary(BinaryKind::min, b.u32(count), b.u32(groups()) - first);
}

Type EncodedWeight::word_type() const {
  return tensor_.encoding == Encoding::tile_f32 ? kVec4F32 : kVec4U32;
}

Expr EncodedWeight::word(Builder& b, const Column& at, Expr block, Expr index) const {
  const Expr block_of_tile = at.tile * static_cast<double>(shape_.blocks) + block;
  return b.load(at.memory, (block_of_tile * info_.words + index) * info_.columns + at.within);
}

// Scales are f16, eight to a 16-byte word, in a plane of their own after all codes.
Expr EncodedWeight::scale(Builder& b, const Column& at, Expr group) const {
  const Expr index = (at.tile * static_cast<double>(groups()) + group) * info_.columns + at.within;
  const Expr first = b.u32(shape_.code_bytes / ir::kWordBytes);
  const Expr eight = b.load(at.memory, first + (index >> 3));
  const Expr pair = b.unpack(UnpackKind::half2, b.extract(eight, (index >> 1) & 3));
  return b.extract(pair, index & 1);
}

EncodedWeight::Group EncodedWeight::load_group(Builder& b, const Column& at, Expr group) const {
  if (!info_.has_codes()) return {word(b, at, group, b.u32(0))};
  const Expr block = group / info_.block, within = group % info_.block;
  Group u32s;
  ir::for_each_plane(info_.code_bits, [&](const ir::CodePlane& plane) {
    const Expr first = within * plane.bits + info_.block * plane.first;  // in the block
    for (std::uint32_t i = 0; i < plane.bits; i += 4) {
      const Expr four = word(b, at, block, (first + i) / 4);
      for (std::uint32_t j = i; j < std::min(plane.bits, i + 4); ++j)
        u32s.push_back(b.extract(four, (first + j) % 4));
    }
  });
  return u32s;
}

Expr EncodedWeight::plane_u32(Builder& b, const Column& at, Expr group, const ir::CodePlane& plane,
                              Expr index) const {
  const Expr block = group / info_.block, within = group % info_.block;
  const Expr in_block = within * plane.bits + info_.block * plane.first + index;
  const Expr of_block = info_.words == 1 ? b.u32(0) : in_block / 4;
  return b.extract(word(b, at, block, of_block), info_.words == 1 ? in_block : in_block % 4);
}

Expr EncodedWeight::codes(Builder& b, const Group& group, std::uint32_t j) const {
  if (tensor_.encoding == Encoding::tile_f32) return group[0];
  if (tensor_.encoding == Encoding::tile_f16)
    return halves_of(b, b.extract(group[0], 2 * j), b.extract(group[0], 2 * j + 1),
                     target_.f16 ? UnpackKind::f16x2 : UnpackKind::half2);
  const Expr bytes = join_planes(info_.code_bits, [&](const ir::CodePlane& plane) {
    const Expr u = group[plane.first + plane.u32_of(4 * j)];
    return bits_of(b, plane, u, b.u32(plane.shift_of(4 * j)));
  });
  return numbers(b, bytes);
}

Expr EncodedWeight::codes(Builder& b, const Column& at, Expr group, Expr pair,
                          std::uint32_t half) const {
  const Expr bytes = join_planes(info_.code_bits, [&](const ir::CodePlane& plane) {
    const std::uint32_t pairs = plane.values_per_u32() / 8;  // of vec4s in a u32
    if (pairs == 0) return plane_u32(b, at, group, plane, pair * 2 + half);
    const Expr u = plane_u32(b, at, group, plane, pair / pairs);
    return bits_of(b, plane, u, (pair % pairs * 2 + half) * plane.bits);
  });
  return numbers(b, bytes);
}

Expr EncodedWeight::numbers(Builder& b, Expr bytes) const {
  return (target_.f16 ? numbers_by_f16 : numbers_of)(b, bytes, info_.zero_point());
}

// Both vec4s are added up before the sum takes them, which halves the chain of additions.
void EncodedWeight::add_pair(Builder& b, const Sums& sums, const PairCodes& codes,
                             std::span<const Activations> rows, Expr j) const {
  const bool has_second = group_vec4s() > 1;
  std::vector<Expr> first, second;
  for (std::size_t c = 0; c < sums.size(); ++c) {
    first.push_back(codes(c, 0));
    if (has_second) second.push_back(codes(c, 1));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Expr x = rows[r](j, 0);
    const std::optional<Expr> y = has_second ? std::optional(rows[r](j, 1)) : std::nullopt;
    for (std::size_t c = 0; c < sums.size(); ++c) {
      const Expr dot = b.dot(first[c], x);
      b.accumulate(sums[c][r], y ? dot + b.dot(second[c], *y) : dot);
    }
  }
}

EncodedWeight::Sums EncodedWeight::products(Builder& b, std::span<const Column> columns, Expr group,
                                            std::span<const Activations> rows) const {
  Sums sums(columns.size());
  for (std::vector<VariableId>& of_column : sums)
    for (std::size_t r = 0; r < rows.size(); ++r)
      of_column.push_back(b.variable("products", b.f32(0)));
  const std::uint32_t pairs = (group_vec4s() + 1) / 2;
  if (pairs > 1 && rows.size() > 1) {
    b.loop(0, pairs, [&](Expr pair) {
      const auto of_pair = [&](std::size_t c, std::uint32_t half) {
        return codes(b, columns[c], group, pair, half);
      };
      add_pair(b, sums, of_pair, rows, pair * 2);
    });
    return sums;
  }
  std::vector<Group> groups;
  for (const Column& column : columns) groups.push_back(load_group(b, column, group));
  for (std::uint32_t pair = 0; pair < pairs; ++pair) {
    const auto of_pair = [&](std::size_t c, std::uint32_t half) {
      return codes(b, groups[c], 2 * pair + half);
    };
    add_pair(b, sums, of_pair, rows, b.u32(std::uint64_t{2} * pair));
  }
  return sums;
}

EncodedWeight::Dots EncodedWeight::group_dots(Builder& b, std::span<const Column> columns,
                                              Expr group, std::span<const Activations> rows) const {
  const Sums sums = products(b, columns, group, rows);
  Dots dots(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    std::optional<Expr> factor;
    if (info_.has_codes()) factor = scale(b, columns[c], group);
    for (const VariableId sum : sums[c])
      dots[c].push_back(factor ? b.get(sum) * *factor : b.get(sum));
  }
  return dots;
}

// Of a group of codes only the u32 that hold these four are loaded.
Expr EncodedWeight::four(Builder& b, MemoryId memory, Expr n, Expr k4) const {
  const Expr row = n - static_cast<double>(rows_.first);
  const Column at{memory, row / info_.columns, row % info_.columns};
  const Expr group = k4 / group_vec4s(), j = k4 % group_vec4s();
  if (tensor_.encoding == Encoding::tile_f32) return word(b, at, group, b.u32(0));
  if (tensor_.encoding == Encoding::tile_f16) {
    const Expr halves = word(b, at, group, b.u32(0));
    return halves_of(b, b.extract(halves, j * 2), b.extract(halves, j * 2 + 1));
  }
  const Expr bytes = join_planes(info_.code_bits, [&](const ir::CodePlane& plane) {
    const std::uint32_t fours = plane.values_per_u32() / 4;
    return bits_of(b, plane, plane_u32(b, at, group, plane, j / fours), j % fours * plane.bits);
  });
  return numbers_of(b, bytes, info_.zero_point()) * (scale(b, at, group) * unit());
}

}  // namespace codegen::lower
