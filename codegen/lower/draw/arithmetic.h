// SPDX-License-Identifier: Apache-2.0
// Integers of more than 32 bits, random numbers and likelihoods in kernels: the same arithmetic as
// runtime/host/likelihood.h and runtime/host/random.h, which say what each function means.
//
//   const Wide total = add(wide(b, weight(b, near)), wide(b, weight(b, far)));
//   const auto [high, low] = random_bits(b, seed, choice, step);
//   const Wide point = point_below(b, total, high, low);
#pragma once

#include <utility>

#include "ir/kernel/builder.h"

namespace codegen::lower::draw {

using ir::kernel::Builder;
using ir::kernel::Expr;

// high * 2^16 + low, where low < 2^16: sums carry without a comparison.
struct Wide {
  Expr high, low;
};

// A Wide that changes.
struct WideVariable {
  ir::kernel::VariableId high, low;

  Wide get(Builder& b) const { return {b.get(high), b.get(low)}; }
  void set(Builder& b, const Wide& value) const {
    b.set(high, value.high);
    b.set(low, value.low);
  }
};
WideVariable variable(Builder& b, const std::string& name, const Wide& initial);

Wide wide(Builder& b, Expr x);
Wide add(const Wide& x, const Wide& y);
Wide subtract(const Wide& x, const Wide& y);  // y <= x
Wide product(Builder& b, Expr x, Expr y);     // below 2^48
Wide select(Builder& b, Expr condition, const Wide& x, const Wide& y);
Expr is_less(Builder& b, const Wide& x, const Wide& y);

Expr weight(Builder& b, Expr distance);
// The 64 random bits of a step, the upper half first.
std::pair<Expr, Expr> random_bits(Builder& b, std::pair<Expr, Expr> seed, Expr choice, Expr step);
Wide point_below(Builder& b, const Wide& total, Expr random_high, Expr random_low);
Wide share_of(Builder& b, const Wide& total, Expr share);
// ceil(amount / unit) for amounts of 1 to 2^18 units.
Expr units_in(Builder& b, const Wide& amount, Expr unit);

// The order of f32 numbers as that of u32: what is not finite gives 1, all else more.
Expr key_of(Builder& b, Expr number);
Expr number_of(Builder& b, Expr key);

}  // namespace codegen::lower::draw
