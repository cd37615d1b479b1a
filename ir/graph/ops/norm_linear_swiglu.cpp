// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/norm_linear_swiglu.h"

#include "ir/graph/ops/linear_swiglu.h"
#include "ir/graph/ops/rms_norm.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const NormLinearSwiglu& op, const Operands& operands) {
  TRY_DO(norm_type(operands, op.x, op.norm, op.epsilon, "norm"));
  return result_type(LinearSwiglu{op.x, op.gate, op.up, op.gate_bias, op.up_bias}, operands);
}

Value decompose(const NormLinearSwiglu& op, Builder& build) {
  const Value normed = build.emit(RmsNorm{op.x, op.norm, op.epsilon});
  return build.emit(LinearSwiglu{normed, op.gate, op.up, op.gate_bias, op.up_bias});
}

}  // namespace ir::graph
