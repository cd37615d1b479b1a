// SPDX-License-Identifier: Apache-2.0
// norm_linear_argmax: the greedy head that normalises its input itself.
//
//   x f32[rows, k], norm f32[k], weight f32[n, k]  ->  u32[rows]
//   = linear_argmax(rms_norm(x, norm, epsilon), weight)
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct NormLinearArgmax {
  Value x, norm, weight;
  double epsilon = 0;
};

template <>
inline constexpr OpTable table_of<NormLinearArgmax> = {
    "norm_linear_argmax",
    Tier::composite,
    {FIELD(NormLinearArgmax, x, value), FIELD(NormLinearArgmax, norm, value),
     FIELD(NormLinearArgmax, weight, value), FIELD(NormLinearArgmax, epsilon, real)}};

Result<Type> result_type(const NormLinearArgmax& op, const Operands& operands);
Value decompose(const NormLinearArgmax& op, Builder& build);

}  // namespace ir::graph
