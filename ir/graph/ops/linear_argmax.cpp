// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/linear_argmax.h"

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const LinearArgmax& op, const Operands& operands) {
  TRY(const TensorType logits, linear_type(operands, op.x, op.weight, {}));
  return Type(TensorType{DType::u32, {logits.shape[0]}});
}

Value decompose(const LinearArgmax& op, Builder& build) {
  return build.emit(Argmax{build.emit(Linear{op.x, op.weight, {}})});
}

}  // namespace ir::graph
