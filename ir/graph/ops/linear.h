// SPDX-License-Identifier: Apache-2.0
// linear: y = x * transpose(weight) + bias, as torch.nn.Linear.
//
//   x f32[rows, k], weight f32[n, k], bias f32[n] (optional)  ->  f32[rows, n]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct Linear {
  Value x, weight, bias;
};

template <>
inline constexpr OpTable table_of<Linear> = {
    "linear",
    Tier::composite,
    {FIELD(Linear, x, value), FIELD(Linear, weight, value), FIELD(Linear, bias, optional_value)}};

Result<Type> result_type(const Linear& op, const Operands& operands);
Value decompose(const Linear& op, Builder& build);

}  // namespace ir::graph
