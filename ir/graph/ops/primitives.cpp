// SPDX-License-Identifier: Apache-2.0
// The type rules of the primitive ops.
#include "ir/graph/ops/primitives.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/graph/rules.h"

namespace ir::graph {
namespace {

Result<Type> f32_pair(const Operands& operands, Value a, Value b) {
  TRY(const TensorType left, operands.any_tensor("a", a));
  TRY(const TensorType right, operands.any_tensor("b", b));
  for (const TensorType& type : {left, right})
    if (type.dtype != DType::f32)
      return operands.broken(fmt::format("operands must be f32, but one is {}", to_string(type)));
  TRY(Shape shape, operands.broadcast(left.shape, right.shape));
  return Type(TensorType{DType::f32, std::move(shape)});
}

Result<Type> f32_unary(const Operands& operands, Value x) {
  TRY(TensorType type, operands.any_tensor("x", x));
  if (type.dtype != DType::f32)
    return operands.broken(fmt::format("x must be f32, but is {}", to_string(type)));
  return Type(std::move(type));
}

Result<Type> reduction(const Operands& operands, Value x) {
  TRY(TensorType type, operands.tensor("x", x, DType::f32));
  type.shape.back() = Dim(1);
  return Type(std::move(type));
}

std::vector<std::string> sorted_symbols(const Shape& shape) {
  std::vector<std::string> symbols;
  for (const Dim& dim : shape)
    if (!dim.is_constant()) symbols.push_back(dim.symbol);
  std::sort(symbols.begin(), symbols.end());
  return symbols;
}

Result<void> check_extents(const Operands& operands, const Shape& shape) {
  for (const Dim& dim : shape)
    if (dim.is_constant() && (dim.extent < 0 || dim.extent > kLargestExtent))
      return operands.broken(fmt::format("{} has an extent out of range", to_string(shape)));
  return {};
}

Result<Type> cached_rows(const Operands& operands, Value cache, Value sequences, Value positions,
                         std::int64_t layer) {
  TRY(const CacheType type, operands.cache("cache", cache, layer));
  TRY(const TensorType rows, operands.tensor("sequences", sequences, DType::u32, 1));
  TRY_DO(operands.row_numbers("positions", positions, rows.shape[0]));
  return Type(TensorType{DType::f32, {rows.shape[0], "context", type.kv_heads * type.head_dim}});
}

}  // namespace

Result<Type> result_type(const Weight& op, const Operands& operands) {
  const auto& weights = operands.graph().weights;
  if (op.weight >= weights.size())
    return operands.broken(fmt::format("there is no weight {}", op.weight));
  const auto& extents = weights[op.weight].shape;
  return Type(TensorType{DType::f32, Shape(extents.begin(), extents.end())});
}

Result<Type> result_type(const Constant& op, const Operands& operands) {
  const bool is_f32 = std::abs(op.value) <= std::numeric_limits<float>::max();
  const bool is_u32 = op.value >= 0 && op.value <= std::numeric_limits<std::uint32_t>::max() &&
                      op.value == std::floor(op.value);
  if (op.dtype != DType::f32 && op.dtype != DType::u32)
    return operands.broken(fmt::format("dtype must be f32 or u32, not {}", name_of(op.dtype)));
  if (op.dtype == DType::f32 ? !is_f32 : !is_u32)
    return operands.broken(fmt::format("{} is not a {}", op.value, name_of(op.dtype)));
  return Type(TensorType{op.dtype, {}});
}

Result<Type> result_type(const Iota& op, const Operands& operands) {
  if (op.shape.size() != 1)
    return operands.broken(fmt::format("shape must have rank 1, but is {}", to_string(op.shape)));
  TRY_DO(check_extents(operands, op.shape));
  return Type(TensorType{DType::u32, op.shape});
}

Result<Type> result_type(const Gather& op, const Operands& operands) {
  TRY(TensorType table, operands.tensor("table", op.table, DType::f32, 2));
  TRY(const TensorType ids, operands.tensor("ids", op.ids, DType::u32, 1));
  if (table.shape[0] == Dim(std::int64_t{0})) return operands.broken("table has no rows");
  table.shape[0] = ids.shape[0];
  return Type(std::move(table));
}

Result<Type> result_type(const MatmulNt& op, const Operands& operands) {
  TRY(const TensorType a, operands.tensor("a", op.a, DType::f32));
  TRY(const TensorType b, operands.tensor("b", op.b, DType::f32));
  if (a.shape.size() < 2 || b.shape.size() < 2)
    return operands.broken(
        fmt::format("operands must be matrices, but are {} and {}", to_string(a), to_string(b)));
  TRY_DO(operands.same("a's last extent", a.shape.back(), "b's", b.shape.back()));
  TRY(Shape shape, operands.broadcast({a.shape.begin(), a.shape.end() - 2},
                                      {b.shape.begin(), b.shape.end() - 2}));
  shape.push_back(a.shape[a.shape.size() - 2]);
  shape.push_back(b.shape[b.shape.size() - 2]);
  return Type(TensorType{DType::f32, std::move(shape)});
}

Result<Type> result_type(const Add& op, const Operands& operands) {
  return f32_pair(operands, op.a, op.b);
}
Result<Type> result_type(const Sub& op, const Operands& operands) {
  return f32_pair(operands, op.a, op.b);
}
Result<Type> result_type(const Mul& op, const Operands& operands) {
  return f32_pair(operands, op.a, op.b);
}
Result<Type> result_type(const Div& op, const Operands& operands) {
  return f32_pair(operands, op.a, op.b);
}
Result<Type> result_type(const Maximum& op, const Operands& operands) {
  return f32_pair(operands, op.a, op.b);
}
Result<Type> result_type(const Exp& op, const Operands& operands) {
  return f32_unary(operands, op.x);
}
Result<Type> result_type(const Neg& op, const Operands& operands) {
  return f32_unary(operands, op.x);
}
Result<Type> result_type(const Rsqrt& op, const Operands& operands) {
  return f32_unary(operands, op.x);
}
Result<Type> result_type(const Tanh& op, const Operands& operands) {
  return f32_unary(operands, op.x);
}

Result<Type> result_type(const LessEqual& op, const Operands& operands) {
  TRY(const TensorType a, operands.any_tensor("a", op.a));
  TRY(const TensorType b, operands.any_tensor("b", op.b));
  for (const TensorType& type : {a, b})
    if (type.dtype != DType::u32)
      return operands.broken(fmt::format("operands must be u32, but one is {}", to_string(type)));
  TRY(Shape shape, operands.broadcast(a.shape, b.shape));
  return Type(TensorType{DType::u32, std::move(shape)});
}

Result<Type> result_type(const Select& op, const Operands& operands) {
  TRY(const TensorType condition, operands.any_tensor("condition", op.condition));
  if (condition.dtype != DType::u32)
    return operands.broken(fmt::format("condition must be u32, but is {}", to_string(condition)));
  TRY(const Type branches, f32_pair(operands, op.a, op.b));
  TRY(Shape shape, operands.broadcast(condition.shape, std::get<TensorType>(branches).shape));
  return Type(TensorType{DType::f32, std::move(shape)});
}

Result<Type> result_type(const ReduceSum& op, const Operands& operands) {
  return reduction(operands, op.x);
}
Result<Type> result_type(const ReduceMax& op, const Operands& operands) {
  return reduction(operands, op.x);
}

Result<Type> result_type(const Argmax& op, const Operands& operands) {
  TRY(const TensorType x, operands.tensor("x", op.x, DType::f32, 2));
  return Type(TensorType{DType::u32, {x.shape[0]}});
}

Result<Type> result_type(const Reshape& op, const Operands& operands) {
  TRY(const TensorType x, operands.any_tensor("x", op.x));
  TRY_DO(check_extents(operands, op.shape));
  const auto before = constant_product(x.shape);
  const auto after = constant_product(op.shape);
  if (!before || !after || *before != *after || sorted_symbols(x.shape) != sorted_symbols(op.shape))
    return operands.broken(fmt::format("{} does not have the elements of {}", to_string(op.shape),
                                       to_string(x.shape)));
  return Type(TensorType{x.dtype, op.shape});
}

Result<Type> result_type(const Transpose& op, const Operands& operands) {
  TRY(const TensorType x, operands.any_tensor("x", op.x));
  std::vector<std::int64_t> sorted = op.permutation;
  std::sort(sorted.begin(), sorted.end());
  bool is_permutation = sorted.size() == x.shape.size();
  for (std::size_t i = 0; is_permutation && i < sorted.size(); ++i)
    is_permutation = sorted[i] == static_cast<std::int64_t>(i);
  if (!is_permutation)
    return operands.broken(fmt::format("[{}] is no permutation of the {} axes of x",
                                       fmt::join(op.permutation, ", "), x.shape.size()));
  TensorType type{x.dtype, {}};
  for (const std::int64_t axis : op.permutation)
    type.shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  return Type(std::move(type));
}

Result<Type> result_type(const Slice& op, const Operands& operands) {
  TRY(TensorType x, operands.tensor("x", op.x, DType::f32));
  Dim& last = x.shape.back();
  if (!last.is_constant() || op.begin < 0 || op.begin > op.end || op.end > last.extent)
    return operands.broken(fmt::format("[{}, {}) does not lie inside the last axis of {}", op.begin,
                                       op.end, to_string(x)));
  last = Dim(op.end - op.begin);
  return Type(std::move(x));
}

Result<Type> result_type(const Concat& op, const Operands& operands) {
  if (op.parts.empty()) return operands.broken("there are no parts");
  TRY(TensorType joined, operands.tensor("parts", op.parts[0], DType::f32));
  joined.shape.back() = Dim(std::int64_t{0});
  for (const Value value : op.parts) {
    TRY(TensorType part, operands.tensor("parts", value, DType::f32));
    const Dim last = part.shape.back();
    part.shape.back() = joined.shape.back();
    if (!last.is_constant() || part != joined)
      return operands.broken(fmt::format("part {} does not fit behind {}",
                                         to_string(operands.tensor("", value, DType::f32)->shape),
                                         to_string(joined.shape)));
    joined.shape.back().extent += last.extent;
    TRY_DO(check_extents(operands, joined.shape));
  }
  return Type(std::move(joined));
}

Result<Type> result_type(const RopeTable& op, const Operands& operands) {
  TRY(const TensorType positions, operands.tensor("positions", op.positions, DType::u32, 1));
  const auto columns = static_cast<std::int64_t>(2 * op.frequencies.size());
  return Type(TensorType{DType::f32, {positions.shape[0], columns}});
}

Result<Type> result_type(const CacheWrite& op, const Operands& operands) {
  TRY(const CacheType cache, operands.cache("cache", op.cache, op.layer));
  TRY(const TensorType keys, operands.tensor("keys", op.keys, DType::f32, 2));
  TRY(const TensorType values, operands.tensor("values", op.values, DType::f32, 2));
  const Dim width = cache.kv_heads * cache.head_dim;
  TRY_DO(operands.same("keys' last extent", keys.shape[1], "the cache's width", width));
  TRY_DO(operands.same("values' last extent", values.shape[1], "the cache's width", width));
  TRY_DO(operands.same("values' first extent", values.shape[0], "keys'", keys.shape[0]));
  TRY_DO(operands.row_numbers("sequences", op.sequences, keys.shape[0]));
  TRY_DO(operands.row_numbers("positions", op.positions, keys.shape[0]));
  return Type(cache);
}

Result<Type> result_type(const CacheKeys& op, const Operands& operands) {
  return cached_rows(operands, op.cache, op.sequences, op.positions, op.layer);
}
Result<Type> result_type(const CacheValues& op, const Operands& operands) {
  return cached_rows(operands, op.cache, op.sequences, op.positions, op.layer);
}

}  // namespace ir::graph
