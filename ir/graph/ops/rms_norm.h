// SPDX-License-Identifier: Apache-2.0
// rms_norm: x / sqrt(mean(x * x) + epsilon) * weight, over the last axis.   (arXiv:1910.07467)
//
//   x f32[rows, n], weight f32[n]  ->  f32[rows, n]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct RmsNorm {
  Value x, weight;
  double epsilon = 0;
};

template <>
inline constexpr OpTable table_of<RmsNorm> = {
    "rms_norm",
    Tier::composite,
    {FIELD(RmsNorm, x, value), FIELD(RmsNorm, weight, value), FIELD(RmsNorm, epsilon, real)}};

Result<Type> result_type(const RmsNorm& op, const Operands& operands);
Value decompose(const RmsNorm& op, Builder& build);

}  // namespace ir::graph
