// SPDX-License-Identifier: Apache-2.0
// norm_linear: a linear layer that normalises its input itself.
//
//   x f32[rows, k], norm f32[k], weight f32[n, k], bias f32[n] (optional)  ->  f32[rows, n]
//   = linear(rms_norm(x, norm, epsilon), weight, bias)
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct NormLinear {
  Value x, norm, weight, bias;
  double epsilon = 0;
};

template <>
inline constexpr OpTable table_of<NormLinear> = {
    "norm_linear",
    Tier::composite,
    {FIELD(NormLinear, x, value), FIELD(NormLinear, norm, value), FIELD(NormLinear, weight, value),
     FIELD(NormLinear, bias, optional_value), FIELD(NormLinear, epsilon, real)}};

Result<Type> result_type(const NormLinear& op, const Operands& operands);
Value decompose(const NormLinear& op, Builder& build);

}  // namespace ir::graph
