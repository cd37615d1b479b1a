// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/rms_norm.h"

#include <utility>

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const RmsNorm& op, const Operands& operands) {
  TRY(TensorType x, norm_type(operands, op.x, op.weight, op.epsilon));
  return Type(std::move(x));
}

Value decompose(const RmsNorm& op, Builder& build) {
  const auto n = static_cast<double>(build.type_of(op.x).shape.back().extent);
  const Value squares = build.emit(ReduceSum{build.emit(Mul{op.x, op.x})});
  const Value mean = build.emit(Div{squares, build.emit(Constant{n, DType::f32})});
  const Value shifted = build.emit(Add{mean, build.emit(Constant{op.epsilon, DType::f32})});
  const Value normalized = build.emit(Mul{op.x, build.emit(Rsqrt{shifted})});
  return build.emit(Mul{normalized, op.weight});
}

}  // namespace ir::graph
