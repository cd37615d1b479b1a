// SPDX-License-Identifier: Apache-2.0
// norm_linear_swiglu: linear_swiglu that normalises its input itself.
//
//   x f32[rows, k], norm f32[k], gate f32[n, k], up f32[n, k], biases f32[n] (optional)
//     ->  f32[rows, n] = linear_swiglu(rms_norm(x, norm, epsilon), gate, up, gate_bias, up_bias)
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct NormLinearSwiglu {
  Value x, norm, gate, up, gate_bias, up_bias;
  double epsilon = 0;
};

template <>
inline constexpr OpTable table_of<NormLinearSwiglu> = {
    "norm_linear_swiglu",
    Tier::composite,
    {FIELD(NormLinearSwiglu, x, value), FIELD(NormLinearSwiglu, norm, value),
     FIELD(NormLinearSwiglu, gate, value), FIELD(NormLinearSwiglu, up, value),
     FIELD(NormLinearSwiglu, gate_bias, optional_value),
     FIELD(NormLinearSwiglu, up_bias, optional_value), FIELD(NormLinearSwiglu, epsilon, real)}};

Result<Type> result_type(const NormLinearSwiglu& op, const Operands& operands);
Value decompose(const NormLinearSwiglu& op, Builder& build);

}  // namespace ir::graph
