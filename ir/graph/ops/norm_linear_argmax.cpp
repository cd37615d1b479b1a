// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/norm_linear_argmax.h"

#include "ir/graph/ops/linear_argmax.h"
#include "ir/graph/ops/rms_norm.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const NormLinearArgmax& op, const Operands& operands) {
  TRY_DO(norm_type(operands, op.x, op.norm, op.epsilon, "norm"));
  return result_type(LinearArgmax{op.x, op.weight}, operands);
}

Value decompose(const NormLinearArgmax& op, Builder& build) {
  const Value normed = build.emit(RmsNorm{op.x, op.norm, op.epsilon});
  return build.emit(LinearArgmax{normed, op.weight});
}

}  // namespace ir::graph
