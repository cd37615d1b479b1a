// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/norm_linear.h"

#include "ir/graph/ops/linear.h"
#include "ir/graph/ops/rms_norm.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const NormLinear& op, const Operands& operands) {
  TRY_DO(norm_type(operands, op.x, op.norm, op.epsilon, "norm"));
  return result_type(Linear{op.x, op.weight, op.bias}, operands);
}

Value decompose(const NormLinear& op, Builder& build) {
  const Value normed = build.emit(RmsNorm{op.x, op.norm, op.epsilon});
  return build.emit(Linear{normed, op.weight, op.bias});
}

}  // namespace ir::graph
