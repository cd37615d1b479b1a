// SPDX-License-Identifier: Apache-2.0
// The arithmetic of one element, under the same names for float, double and Bounded.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <span>

#include "ir/graph/bounded.h"

namespace ir::graph::evaluate {

template <std::floating_point T>
T maximum(T a, T b) {
  return std::max(a, b);
}
template <std::floating_point T>
T exp(T x) {
  return std::exp(x);
}
template <std::floating_point T>
T rsqrt(T x) {
  return T(1) / std::sqrt(x);
}
template <std::floating_point T>
T tanh(T x) {
  return std::tanh(x);
}

// Found beside the ones above when an operand is Bounded.
using graph::exp;
using graph::maximum;
using graph::rsqrt;
using graph::tanh;

template <std::floating_point T>
T sum(std::span<const T> terms) {
  T total = 0;
  for (const T term : terms) total += term;
  return total;
}
inline Bounded sum(std::span<const Bounded> terms) {
  double value = 0, propagated = 0, magnitudes = 0;
  for (const Bounded& term : terms) {
    value += term.value;
    propagated += term.error;
    magnitudes += std::abs(term.value) + term.error;
  }
  return {value, error_of_sum(propagated, magnitudes, static_cast<double>(terms.size()), 0)};
}

// A real number that f32 holds exactly.
template <class T>
T exactly(double value) {
  return T{static_cast<float>(value)};
}
// A number computed in f64 that the program stores as f32.
template <std::floating_point T>
T stored(double value) {
  return static_cast<T>(value);
}
template <std::same_as<Bounded> T>
T stored(double value) {
  return stored_as_f32(value);
}

}  // namespace ir::graph::evaluate
