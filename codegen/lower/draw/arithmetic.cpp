// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/draw/arithmetic.h"

#include "runtime/formats/draw_layout.h"

namespace codegen::lower::draw {

using namespace ir::kernel;  // NOLINT
namespace formats = runtime::formats;

namespace {

constexpr double kHalf = 0xffff;

// A product or sum of 64 bits.
struct Words {
  Expr high, low;
};

Words multiply(Expr x, Expr y) {
  const Expr x0 = x & kHalf, x1 = x >> 16, y0 = y & kHalf, y1 = y >> 16;
  const Expr low = x0 * y0;
  const Expr first = x1 * y0 + (low >> 16);
  const Expr second = x0 * y1 + (first & kHalf);
  return {x1 * y1 + (first >> 16) + (second >> 16), second << 16 | (low & kHalf)};
}

// x + y, whose high word is the carry.
Words add_words(Builder& b, Expr x, Expr y) {
  const Expr sum = x + y;
  return {b.select(sum < x, b.u32(1), b.u32(0)), sum};
}

Words words_of(const Wide& x) { return {x.high >> 16, x.high << 16 | x.low}; }
Wide wide_of(const Words& x) { return {x.high << 16 | x.low >> 16, x.low & kHalf}; }

Expr bit_xor(Expr x, Expr y) { return x.builder->binary(BinaryKind::bit_xor, x, y); }

}  // namespace

WideVariable variable(Builder& b, const std::string& name, const Wide& initial) {
  return {b.variable(name + "_high", initial.high), b.variable(name + "_low", initial.low)};
}

Wide wide(Builder&, Expr x) { return {x >> 16, x & kHalf}; }

Wide add(const Wide& x, const Wide& y) {
  const Expr low = x.low + y.low;
  return {x.high + y.high + (low >> 16), low & kHalf};
}

Wide subtract(const Wide& x, const Wide& y) {
  const Expr low = x.low + 65536.0 - y.low;
  return {x.high - y.high - 1.0 + (low >> 16), low & kHalf};
}

Wide product(Builder&, Expr x, Expr y) { return wide_of(multiply(x, y)); }

Wide select(Builder& b, Expr condition, const Wide& x, const Wide& y) {
  return {b.select(condition, x.high, y.high), b.select(condition, x.low, y.low)};
}

Expr is_less(Builder& b, const Wide& x, const Wide& y) {
  return b.binary(BinaryKind::logical_or, x.high < y.high, x.high == y.high && x.low < y.low);
}

Expr weight(Builder& b, Expr distance) {
  constexpr std::uint32_t kFraction = formats::kDistanceFractionBits;
  const auto& coefficients = formats::kHalvingCoefficients;
  const Expr x = distance << (32 - kFraction);
  Expr sum = b.u32(coefficients.back());
  for (std::size_t i = coefficients.size() - 1; i-- > 0;)
    sum = b.u32(coefficients[i]) - multiply(sum, x).high;
  const Expr halvings = (distance >> kFraction) & 31.0;
  const Expr half = b.binary(BinaryKind::shift_left, b.u32(1), halvings) >> 1;
  const Expr rounded = b.binary(BinaryKind::shift_right, sum + half, halvings);
  return b.select(distance < formats::kFarthest, rounded, b.u32(0));
}

// Philox4x32-10.
std::pair<Expr, Expr> random_bits(Builder& b, std::pair<Expr, Expr> seed, Expr choice, Expr step) {
  const VariableId c0 = b.variable("counter0", step), c1 = b.variable("counter1", b.u32(0)),
                   c2 = b.variable("counter2", choice), c3 = b.variable("counter3", b.u32(0)),
                   k0 = b.variable("key0", seed.second), k1 = b.variable("key1", seed.first);
  b.loop(0, 10, [&](Expr) {
    const Words x = multiply(b.u32(0xd2511f53), b.get(c0));
    const Words y = multiply(b.u32(0xcd9e8d57), b.get(c2));
    b.set(c0, bit_xor(bit_xor(y.high, b.get(c1)), b.get(k0)));
    b.set(c2, bit_xor(bit_xor(x.high, b.get(c3)), b.get(k1)));
    b.set(c1, y.low);
    b.set(c3, x.low);
    b.accumulate(k0, b.u32(0x9e3779b9));
    b.accumulate(k1, b.u32(0xbb67ae85));
  });
  return {b.get(c0), b.get(c1)};
}

Wide point_below(Builder& b, const Wide& total, Expr random_high, Expr random_low) {
  const auto [t1, t0] = words_of(total);
  const Words low = multiply(t0, random_low), across = multiply(t0, random_high),
              other = multiply(t1, random_low), high = multiply(t1, random_high);
  const Words first = add_words(b, low.high, across.low);
  const Words second = add_words(b, first.low, other.low);
  const Words third = add_words(b, across.high, other.high);
  const Words fourth = add_words(b, third.low, high.low);
  const Words fifth = add_words(b, fourth.low, first.high + second.high);
  return wide_of({high.high + third.high + fourth.high + fifth.high, fifth.low});
}

Wide share_of(Builder& b, const Wide& total, Expr share) {
  const auto [t1, t0] = words_of(total);
  const Words low = multiply(t0, share), high = multiply(t1, share);
  const Words sum = add_words(b, high.low, low.high);
  const Words up = add_words(b, sum.low, b.select(low.low == 0, b.u32(0), b.u32(1)));
  const Wide result = wide_of({high.high + sum.high + up.high, up.low});
  const Expr none = (result.high | result.low) == 0;
  return {result.high, b.select(none, b.u32(1), result.low)};
}

// Bit by bit: the most units that weigh less than the amount, and one more.
Expr units_in(Builder& b, const Wide& amount, Expr unit) {
  const VariableId units = b.variable("units", b.u32(0));
  const VariableId bit = b.variable("bit", b.u32(formats::kMaxDrawTokens));
  const WideVariable wanted = variable(b, "wanted", amount);
  b.loop(0, 19, [&](Expr) {
    const Expr more = b.get(units) + b.get(bit);
    b.when(is_less(b, product(b, more, unit), wanted.get(b)), [&] { b.set(units, more); });
    b.set(bit, b.get(bit) >> 1);
  });
  return b.get(units) + 1.0;
}

Expr key_of(Builder& b, Expr number) {
  const Expr stored = b.bitcast(number, Scalar::u32);
  const Expr bits = b.select(stored == 0x80000000, b.u32(0), stored);  // one zero
  const Expr positive = bits < 0x80000000;
  const Expr key = b.select(positive, bits | b.u32(0x80000000), b.unary(UnaryKind::bit_not, bits));
  return b.select((bits & 0x7fffffff) < 0x7f800000, key, b.u32(1));
}

Expr number_of(Builder& b, Expr key) {
  const Expr bits = b.select(key < 0x80000000, b.unary(UnaryKind::bit_not, key), key & 0x7fffffff);
  return b.bitcast(bits, Scalar::f32);
}

}  // namespace codegen::lower::draw
