// SPDX-License-Identifier: Apache-2.0
// Bounded: a number with running error analysis. `value` is computed in f64; `error` bounds how far
// ANY evaluation in f32 may lie from it: whatever the order of a sum, fused multiply-adds or not,
// subnormals flushed or not, built-in functions as inaccurate as WGSL allows.
//
//   Bounded x{0.1, 0};  Bounded y = exp(x * x);   // |y in f32 on any GPU - y.value| <= y.error
//
// So the tolerance of a numeric test is derived, never chosen: run the graph on Bounded. Bounds are
// for the worst case: they serve single ops and fused groups, and grow about a hundredfold per
// layer of a model, until they are infinite.
// (Wilkinson's running error analysis; Higham, Accuracy and Stability of Numerical
// Algorithms, 3.3.)
#pragma once

namespace ir::graph {

struct Bounded {
  double value = 0;
  double error = 0;
};

inline constexpr double kUnitRoundoff = 0x1p-24;    // of f32, to nearest
inline constexpr double kFlushedToZero = 0x1p-126;  // results below it may become 0

Bounded operator+(Bounded a, Bounded b);
Bounded operator-(Bounded a, Bounded b);
Bounded operator*(Bounded a, Bounded b);
Bounded operator/(Bounded a, Bounded b);
Bounded operator-(Bounded x);
Bounded maximum(Bounded a, Bounded b);
Bounded exp(Bounded x);
Bounded rsqrt(Bounded x);
Bounded tanh(Bounded x);
// A value computed in f64 and stored as f32, such as a rope row.
Bounded stored_as_f32(double value);

// The bound of a sum of `count` terms in any order: `propagated` = the sum of the terms' own
// errors, `magnitudes` = the sum of |term| + its error, `roundings` = those each term passes
// through before it enters the sum.
double error_of_sum(double propagated, double magnitudes, double count, double roundings);

}  // namespace ir::graph
