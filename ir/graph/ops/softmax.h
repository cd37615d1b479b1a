// SPDX-License-Identifier: Apache-2.0
// softmax over the last axis, shifted by the maximum so that no exponential overflows.
//
//   x f32[..., n]  ->  f32[..., n]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct Softmax {
  Value x;
};

template <>
inline constexpr OpTable table_of<Softmax> = {
    "softmax", Tier::composite, {FIELD(Softmax, x, value)}};

Result<Type> result_type(const Softmax& op, const Operands& operands);
Value decompose(const Softmax& op, Builder& build);

}  // namespace ir::graph
