// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/rope.h"

#include <fmt/format.h>

#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const Rope& op, const Operands& operands) {
  TRY(TensorType x, operands.tensor("x", op.x, DType::f32, 2));
  TRY(const TensorType table, operands.tensor("table", op.table, DType::f32, 2));
  const Dim& columns = x.shape[1];
  if (op.head_dim <= 0 || op.head_dim % 2 != 0)
    return operands.broken(fmt::format("head_dim is {}, which is not even", op.head_dim));
  if (!columns.is_constant() || columns.extent % op.head_dim != 0)
    return operands.broken(
        fmt::format("the columns of {} are no heads of {}", to_string(x), op.head_dim));
  TRY_DO(operands.same("table's last extent", table.shape[1], "head_dim", op.head_dim));
  TRY_DO(operands.same("table's first extent", table.shape[0], "x's", x.shape[0]));
  return Type(std::move(x));
}

Value decompose(const Rope& op, Builder& build) {
  const TensorType type = build.type_of(op.x);
  const Dim rows = type.shape[0];
  const std::int64_t heads = type.shape[1].extent / op.head_dim;
  const std::int64_t half = op.head_dim / 2;
  const auto column = [&](std::int64_t begin) {  // of the table, broadcast over the heads
    const Value part = build.emit(Slice{op.table, begin, begin + half});
    return build.emit(Reshape{part, {rows, 1, half}});
  };
  const Value x = build.emit(Reshape{op.x, {rows, heads, op.head_dim}});
  const Value first = build.emit(Slice{x, 0, half});
  const Value second = build.emit(Slice{x, half, op.head_dim});
  const Value cosine = column(0);
  const Value sine = column(half);
  const auto times = [&](Value a, Value b) { return build.emit(Mul{a, b}); };
  const Value low = build.emit(Sub{times(first, cosine), times(second, sine)});
  const Value high = build.emit(Add{times(second, cosine), times(first, sine)});
  return build.emit(Reshape{build.emit(Concat{{low, high}}), type.shape});
}

}  // namespace ir::graph
