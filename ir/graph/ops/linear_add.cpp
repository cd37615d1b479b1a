// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/linear_add.h"

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const LinearAdd& op, const Operands& operands) {
  TRY(TensorType type, linear_type(operands, op.x, op.weight, op.bias));
  TRY(const TensorType residual, operands.tensor("residual", op.residual, DType::f32, 2));
  TRY_DO(operands.same("residual's first extent", residual.shape[0], "x's", type.shape[0]));
  TRY_DO(
      operands.same("residual's last extent", residual.shape[1], "weight's first", type.shape[1]));
  return Type(std::move(type));
}

Value decompose(const LinearAdd& op, Builder& build) {
  return build.emit(Add{op.residual, build.emit(Linear{op.x, op.weight, op.bias})});
}

}  // namespace ir::graph
