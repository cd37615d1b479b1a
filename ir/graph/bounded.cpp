// SPDX-License-Identifier: Apache-2.0
// The accuracies are those of the WGSL specification, section "Floating Point Accuracy" (15.7.4):
// + - * correctly rounded, / 2.5 ulp, exp 3 + 2|x| ulp, inverseSqrt 2 ulp, tanh the worse of 1e-5
// and sinh/cosh. "Correctly rounded" is read as to nearest, which every GPU does for f32. An ulp of
// x is at most 2^-23 |x| = 2 u |x|. Any operation may take subnormals for 0, in or out.
#include "ir/graph/bounded.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ir::graph {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Attention that is split and merged makes one exponential from up to three, whose exponents have
// the same sign: 3 * 3 + 2|x| ulp, and two products.
constexpr double kFactorsOfExp = 3;
// Bounds are computed in f64, whose own rounding this covers many times over.
constexpr double kSlack = 1 + 0x1p-20;

double magnitude(Bounded x) { return std::abs(x.value) + x.error; }

// An infinite bound times 0, or less itself, says nothing: it stays infinite.
double certain(double error) { return error >= 0 ? error * kSlack : kInfinity; }

// A value whose exact result may be off by `propagated` and is then rounded with a relative error.
Bounded rounded(double value, double propagated, double relative) {
  const double error = propagated + relative * (std::abs(value) + propagated);
  return {value, certain(error + kFlushedToZero)};
}

}  // namespace

Bounded operator+(Bounded a, Bounded b) {
  return rounded(a.value + b.value, a.error + b.error, kUnitRoundoff);
}

Bounded operator-(Bounded a, Bounded b) { return a + -b; }

Bounded operator*(Bounded a, Bounded b) {
  const double propagated =
      std::abs(a.value) * b.error + a.error * std::abs(b.value) + a.error * b.error;
  // An operand that is flushed takes the other one's magnitude with it.
  const double flushed = kFlushedToZero * (magnitude(a) + magnitude(b));
  return rounded(a.value * b.value, propagated + flushed, kUnitRoundoff);
}

Bounded operator/(Bounded a, Bounded b) {
  const double value = a.value / b.value;
  const double smallest_divisor = std::abs(b.value) - b.error - kFlushedToZero;
  if (!(smallest_divisor > 0)) return {value, kInfinity};
  const double propagated =
      (a.error + kFlushedToZero + std::abs(value) * (b.error + kFlushedToZero)) / smallest_divisor;
  return rounded(value, propagated, 5 * kUnitRoundoff);
}

Bounded operator-(Bounded x) { return {-x.value, x.error}; }

Bounded maximum(Bounded a, Bounded b) {
  return {std::max(a.value, b.value), std::max(a.error, b.error) + kFlushedToZero};
}

Bounded exp(Bounded x) {
  const double value = std::exp(x.value);
  const double largest = std::exp(x.value + x.error);
  // Rounding of the exponent when it is split, the function itself, and the products.
  const double size = magnitude(x);
  const double ulps = 3 * kFactorsOfExp + 2 * size + (size + kFactorsOfExp);
  const double relative = 2 * kUnitRoundoff * ulps;
  const double own = largest > 0 ? relative * largest : 0;
  return {value, certain(largest - value + own + kFactorsOfExp * kFlushedToZero)};
}

Bounded rsqrt(Bounded x) {
  const double value = 1 / std::sqrt(x.value);
  const double smallest = x.value - x.error - kFlushedToZero;
  if (!(smallest > 0)) return {value, kInfinity};
  return rounded(value, 1 / std::sqrt(smallest) - value, 4 * kUnitRoundoff);
}

Bounded tanh(Bounded x) {
  const double value = std::tanh(x.value);
  const Bounded up = exp(x), down = exp(-x), two{2};
  const Bounded quotient = ((up - down) / two) / ((up + down) / two);
  const double inherited = std::isfinite(quotient.error) ? quotient.error : 2;
  return {value, std::max(1e-5 + x.error, inherited)};
}

Bounded stored_as_f32(double value) { return rounded(value, 0, kUnitRoundoff); }

double error_of_sum(double propagated, double magnitudes, double count, double roundings) {
  const double n = std::max(count - 1, 0.0) + roundings;
  const double gamma = n * kUnitRoundoff / (1 - n * kUnitRoundoff);
  return certain(propagated + gamma * magnitudes + count * kFlushedToZero);
}

}  // namespace ir::graph
