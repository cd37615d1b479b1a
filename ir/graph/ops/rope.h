// SPDX-License-Identifier: Apache-2.0
// rope: rotary position embedding in the half-split form of Hugging Face.   (arXiv:2104.09864)
//
//   x f32[rows, heads * head_dim], table f32[rows, head_dim] (cosines | sines)  ->  as x
//
// In each head, element i < head_dim/2 pairs with element i + head_dim/2:
//   y[i]              = x[i] * cos[i] - x[i + head_dim/2] * sin[i]
//   y[i + head_dim/2] = x[i + head_dim/2] * cos[i] + x[i] * sin[i]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct Rope {
  Value x, table;
  std::int64_t head_dim = 0;
};

template <>
inline constexpr OpTable table_of<Rope> = {
    "rope",
    Tier::composite,
    {FIELD(Rope, x, value), FIELD(Rope, table, value), FIELD(Rope, head_dim, integer)}};

Result<Type> result_type(const Rope& op, const Operands& operands);
Value decompose(const Rope& op, Builder& build);

}  // namespace ir::graph
