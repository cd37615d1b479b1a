// SPDX-License-Identifier: Apache-2.0
// linear_argmax: the greedy head. The logits themselves are never stored.
//
//   x f32[rows, k], weight f32[n, k]  ->  u32[rows] = argmax(linear(x, weight))
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct LinearArgmax {
  Value x, weight;
};

template <>
inline constexpr OpTable table_of<LinearArgmax> = {
    "linear_argmax",
    Tier::composite,
    {FIELD(LinearArgmax, x, value), FIELD(LinearArgmax, weight, value)}};

Result<Type> result_type(const LinearArgmax& op, const Operands& operands);
Value decompose(const LinearArgmax& op, Builder& build);

}  // namespace ir::graph
