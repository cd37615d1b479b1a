// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/swiglu.h"

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const Swiglu& op, const Operands& operands) {
  TRY(const TensorType gate, operands.tensor("gate", op.gate, DType::f32));
  TRY(const TensorType up, operands.tensor("up", op.up, DType::f32));
  if (gate != up)
    return operands.broken("gate is " + to_string(gate) + ", but up is " + to_string(up));
  return Type(gate);
}

Value decompose(const Swiglu& op, Builder& build) {
  const Value floor = build.emit(Constant{-80, DType::f32});
  const Value clamped = build.emit(Maximum{op.gate, floor});
  const Value decay = build.emit(Exp{build.emit(Neg{clamped})});
  const Value one = build.emit(Constant{1, DType::f32});
  const Value silu = build.emit(Div{op.gate, build.emit(Add{one, decay})});
  return build.emit(Mul{silu, op.up});
}

}  // namespace ir::graph
