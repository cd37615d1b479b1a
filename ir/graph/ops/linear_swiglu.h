// SPDX-License-Identifier: Apache-2.0
// linear_swiglu: both projections of a gated MLP and their product, in one op.
//
//   x f32[rows, k], gate f32[n, k], up f32[n, k], biases f32[n] (optional)  ->  f32[rows, n]
//   = swiglu(linear(x, gate, gate_bias), linear(x, up, up_bias))
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct LinearSwiglu {
  Value x, gate, up, gate_bias, up_bias;
};

template <>
inline constexpr OpTable table_of<LinearSwiglu> = {
    "linear_swiglu",
    Tier::composite,
    {FIELD(LinearSwiglu, x, value), FIELD(LinearSwiglu, gate, value),
     FIELD(LinearSwiglu, up, value), FIELD(LinearSwiglu, gate_bias, optional_value),
     FIELD(LinearSwiglu, up_bias, optional_value)}};

Result<Type> result_type(const LinearSwiglu& op, const Operands& operands);
Value decompose(const LinearSwiglu& op, Builder& build);

}  // namespace ir::graph
