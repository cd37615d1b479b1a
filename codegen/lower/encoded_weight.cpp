// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/encoded_weight.h"

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

Expr EncodedWeight::group_dot(Builder& b, MemoryId memory, Expr tile, Expr column, Expr group,
                              const Activations& x) const {
  const Expr bits = word(b, memory, tile, column, group);
  switch (tensor_.encoding) {
    case Encoding::tile_f32:
      return b.dot(bits, x(0));
    case Encoding::tile_f16:
      return b.dot(halves_of(b, b.extract(bits, 0), b.extract(bits, 1)), x(0)) +
             b.dot(halves_of(b, b.extract(bits, 2), b.extract(bits, 3)), x(1));
    case Encoding::q4: {
      const Expr ones = b.constant(kVec4F32, 1);
      const VariableId total = b.variable("products", b.f32(0));
      const VariableId sum = b.variable("activations", b.f32(0));
      for (std::uint32_t w = 0; w < 4; ++w) {
        const Expr u = b.extract(bits, w);
        const Expr low = x(2 * w), high = x(2 * w + 1);
        b.accumulate(total,
                     b.dot(codes_of(b, u, b.u32(0)), low) + b.dot(codes_of(b, u, b.u32(4)), high));
        b.accumulate(sum, b.dot(low + high, ones));
      }
      return (b.get(total) - b.get(sum) * ir::kQ4ZeroPoint) * scale(b, memory, tile, column, group);
    }
    case Encoding::f32:
      break;
  }
  CHECK(false, "{} has no tiles", tensor_.name);
  return {};
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
