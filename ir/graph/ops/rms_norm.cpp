// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/rms_norm.h"

#include <fmt/format.h>

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const RmsNorm& op, const Operands& operands) {
  TRY(TensorType x, operands.tensor("x", op.x, DType::f32));
  TRY(const TensorType weight, operands.tensor("weight", op.weight, DType::f32, 1));
  if (!x.shape.back().is_constant())
    return operands.broken("x's last extent must be constant, but x is " + to_string(x));
  TRY_DO(operands.same("weight's extent", weight.shape[0], "x's last", x.shape.back()));
  if (!(op.epsilon >= 0 && op.epsilon <= 1))
    return operands.broken(fmt::format("epsilon is {}, which is not in [0, 1]", op.epsilon));
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
