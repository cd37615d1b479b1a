// SPDX-License-Identifier: Apache-2.0
// swiglu: silu(gate) * up, elementwise; silu(g) = g / (1 + exp(-g)).   (Shazeer, arXiv:2002.05202)
// The exponent is taken of -max(g, -80), so that it cannot overflow f32: below -80, |silu| < 2e-33.
//
//   gate f32[rows, n], up f32[rows, n]  ->  f32[rows, n]
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct Swiglu {
  Value gate, up;
};

template <>
inline constexpr OpTable table_of<Swiglu> = {
    "swiglu", Tier::composite, {FIELD(Swiglu, gate, value), FIELD(Swiglu, up, value)}};

Result<Type> result_type(const Swiglu& op, const Operands& operands);
Value decompose(const Swiglu& op, Builder& build);

}  // namespace ir::graph
