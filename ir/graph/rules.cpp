// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/rules.h"

#include <fmt/format.h>

#include <algorithm>

namespace ir::graph {

Diagnostic Operands::broken(const std::string& rule) const {
  return {.kind = DiagnosticKind::graph_invalid, .message = fmt::format("{}: {}", op_, rule)};
}

Result<TensorType> Operands::any_tensor(std::string_view name, Value value) const {
  if (!value) return broken(fmt::format("operand {} is missing", name));
  if (value.id >= function_.types.size())
    return broken(fmt::format("operand {} is not defined", name));
  const Type& type = function_.type_of(value);
  if (const auto* tensor = std::get_if<TensorType>(&type)) return *tensor;
  return broken(fmt::format("{} must be a tensor, but is {}", name, to_string(type)));
}

Result<TensorType> Operands::tensor(std::string_view name, Value value, DType dtype,
                                    std::size_t rank) const {
  TRY(TensorType type, any_tensor(name, value));
  if (type.dtype != dtype)
    return broken(fmt::format("{} must be {}, but is {}", name, name_of(dtype), to_string(type)));
  if (rank != kAnyRank && type.shape.size() != rank)
    return broken(fmt::format("{} must have rank {}, but is {}", name, rank, to_string(type)));
  if (type.shape.empty())
    return broken(fmt::format("{} must have an axis, but is {}", name, to_string(type)));
  return type;
}

Result<CacheType> Operands::cache(std::string_view name, Value value, std::int64_t layer) const {
  if (!value) return broken(fmt::format("operand {} is missing", name));
  if (value.id >= function_.types.size())
    return broken(fmt::format("operand {} is not defined", name));
  const Type& type = function_.type_of(value);
  const auto* cache = std::get_if<CacheType>(&type);
  if (!cache) return broken(fmt::format("{} must be a cache, but is {}", name, to_string(type)));
  if (layer < 0 || layer >= cache->layers)
    return broken(fmt::format("layer is {}, but {} has {} layers", layer, name, cache->layers));
  return *cache;
}

Result<void> Operands::row_numbers(std::string_view name, Value value, const Dim& rows) const {
  TRY(const TensorType type, tensor(name, value, DType::u32, 1));
  return same(fmt::format("{}'s extent", name), type.shape[0], "the number of rows", rows);
}

Result<void> Operands::same(std::string_view what, const Dim& dim, std::string_view other,
                            const Dim& expected) const {
  if (dim == expected) return {};
  return broken(
      fmt::format("{} is {}, but {} is {}", what, to_string(dim), other, to_string(expected)));
}

Result<Shape> Operands::broadcast(const Shape& a, const Shape& b) const {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape shape = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    const Dim& other = shorter[i];
    Dim& dim = shape[offset + i];
    if (dim == other || other == Dim(1)) continue;
    if (!(dim == Dim(1)))
      return broken(
          fmt::format("shapes {} and {} do not broadcast together", to_string(a), to_string(b)));
    dim = other;
  }
  return shape;
}

Result<TensorType> linear_type(const Operands& operands, Value x, Value weight, Value bias,
                               std::string_view weight_name, std::string_view bias_name) {
  TRY(TensorType type, operands.tensor("x", x, DType::f32, 2));
  TRY(const TensorType matrix, operands.tensor(weight_name, weight, DType::f32, 2));
  TRY_DO(operands.same("x's last extent", type.shape[1], fmt::format("{}'s", weight_name),
                       matrix.shape[1]));
  if (bias) {
    TRY(const TensorType vector, operands.tensor(bias_name, bias, DType::f32, 1));
    TRY_DO(operands.same(fmt::format("{}'s extent", bias_name), vector.shape[0],
                         fmt::format("{}'s first", weight_name), matrix.shape[0]));
  }
  type.shape[1] = matrix.shape[0];
  return type;
}

Result<TensorType> norm_type(const Operands& operands, Value x, Value weight, double epsilon,
                             std::string_view weight_name) {
  TRY(TensorType type, operands.tensor("x", x, DType::f32));
  TRY(const TensorType scales, operands.tensor(weight_name, weight, DType::f32, 1));
  if (!type.shape.back().is_constant())
    return operands.broken("x's last extent must be constant, but x is " + to_string(type));
  TRY_DO(operands.same(fmt::format("{}'s extent", weight_name), scales.shape[0], "x's last",
                       type.shape.back()));
  if (!(epsilon >= 0 && epsilon <= 1))
    return operands.broken(fmt::format("epsilon is {}, which is not in [0, 1]", epsilon));
  return type;
}

Result<void> check_heads(const Operands& operands, std::int64_t heads, const CacheType& cache) {
  if (heads > 0 && heads <= kLargestExtent && cache.kv_heads > 0 && heads % cache.kv_heads == 0)
    return {};
  return operands.broken(
      fmt::format("{} heads are no multiple of the cache's {}", heads, cache.kv_heads));
}

Result<void> check_qkv(const Operands& operands, const TensorType& qkv, Value table,
                       std::int64_t heads, const CacheType& cache) {
  TRY_DO(check_heads(operands, heads, cache));
  TRY(const TensorType rope, operands.tensor("table", table, DType::f32, 2));
  if (cache.head_dim % 2 != 0)
    return operands.broken(fmt::format("head_dim is {}, which is not even", cache.head_dim));
  TRY_DO(operands.same("table's last extent", rope.shape[1], "head_dim", cache.head_dim));
  TRY_DO(operands.same("table's first extent", rope.shape[0], "qkv's", qkv.shape[0]));
  return operands.same("qkv's last extent", qkv.shape[1], "(heads + 2 * kv_heads) * head_dim",
                       (heads + 2 * cache.kv_heads) * cache.head_dim);
}

std::optional<std::int64_t> constant_product(const Shape& shape) {
  std::int64_t product = 1;
  const bool any_zero = std::any_of(shape.begin(), shape.end(),
                                    [](const Dim& dim) { return dim == Dim(std::int64_t{0}); });
  if (any_zero) return 0;
  for (const Dim& dim : shape)
    if (dim.is_constant() && __builtin_mul_overflow(product, dim.extent, &product))
      return std::nullopt;
  return product;
}

}  // namespace ir::graph
