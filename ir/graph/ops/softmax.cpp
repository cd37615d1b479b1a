// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/softmax.h"

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const Softmax& op, const Operands& operands) {
  TRY(TensorType x, operands.tensor("x", op.x, DType::f32));
  return Type(std::move(x));
}

Value decompose(const Softmax& op, Builder& build) {
  const Value largest = build.emit(ReduceMax{op.x});
  const Value powers = build.emit(Exp{build.emit(Sub{op.x, largest})});
  return build.emit(Div{powers, build.emit(ReduceSum{powers})});
}

}  // namespace ir::graph
