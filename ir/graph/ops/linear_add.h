// SPDX-License-Identifier: Apache-2.0
// linear_add: a linear layer whose result is added to the residual stream.
//
//   residual f32[rows, n], x f32[rows, k], weight f32[n, k], bias f32[n] (optional) -> f32[rows, n]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct LinearAdd {
  Value residual, x, weight, bias;
};

template <>
inline constexpr OpTable table_of<LinearAdd> = {
    "linear_add",
    Tier::composite,
    {FIELD(LinearAdd, residual, value), FIELD(LinearAdd, x, value), FIELD(LinearAdd, weight, value),
     FIELD(LinearAdd, bias, optional_value)}};

Result<Type> result_type(const LinearAdd& op, const Operands& operands);
Value decompose(const LinearAdd& op, Builder& build);

}  // namespace ir::graph
