// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/linear_swiglu.h"

#include "ir/graph/ops/swiglu.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const LinearSwiglu& op, const Operands& operands) {
  TRY(const TensorType gate,
      linear_type(operands, op.x, op.gate, op.gate_bias, "gate", "gate_bias"));
  TRY(TensorType up, linear_type(operands, op.x, op.up, op.up_bias, "up", "up_bias"));
  TRY_DO(operands.same("up's first extent", up.shape[1], "gate's", gate.shape[1]));
  return Type(std::move(up));
}

Value decompose(const LinearSwiglu& op, Builder& build) {
  const Value gate = build.emit(Linear{op.x, op.gate, op.gate_bias});
  const Value up = build.emit(Linear{op.x, op.up, op.up_bias});
  return build.emit(Swiglu{gate, up});
}

}  // namespace ir::graph
