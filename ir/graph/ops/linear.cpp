// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/linear.h"

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const Linear& op, const Operands& operands) {
  TRY(TensorType type, linear_type(operands, op.x, op.weight, op.bias));
  return Type(std::move(type));
}

Value decompose(const Linear& op, Builder& build) {
  const Value product = build.emit(MatmulNt{op.x, op.weight});
  return op.bias ? build.emit(Add{product, op.bias}) : product;
}

}  // namespace ir::graph
