// SPDX-License-Identifier: Apache-2.0
// What type rules are written with: the operands of an op, asked for by name, and the diagnostics
// for those that do not fit.
//
//   Result<Type> result_type(const RmsNorm& op, const Operands& operands) {
//     TRY(const TensorType x, operands.tensor("x", op.x, DType::f32));
//     TRY(const TensorType weight, operands.tensor("weight", op.weight, DType::f32, 1));
//     TRY_DO(operands.same("weight's extent", weight.shape[0], "x's last", x.shape.back()));
//     return Type(x);
//   }
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/graph/graph.h"

namespace ir::graph {

class Operands {
 public:
  static constexpr std::size_t kAnyRank = 0;  // at least 1

  Operands(const Graph& graph, const Function& function, std::string_view op)
      : graph_(graph), function_(function), op_(op) {}

  const Graph& graph() const { return graph_; }

  // The type of an operand that has to be a tensor of `dtype` and `rank`.
  Result<TensorType> tensor(std::string_view name, Value value, DType dtype,
                            std::size_t rank = kAnyRank) const;
  // The same for one of any element type, rank 0 included.
  Result<TensorType> any_tensor(std::string_view name, Value value) const;
  Result<CacheType> cache(std::string_view name, Value value, std::int64_t layer) const;
  // A u32[rows] that belongs to the rows of another operand.
  Result<void> row_numbers(std::string_view name, Value value, const Dim& rows) const;

  Result<void> same(std::string_view what, const Dim& dim, std::string_view other,
                    const Dim& expected) const;
  // The shape to which both broadcast.
  Result<Shape> broadcast(const Shape& a, const Shape& b) const;

  // A graph_invalid diagnostic whose message starts with the name of the op.
  Diagnostic broken(const std::string& rule) const;

 private:
  const Graph& graph_;
  const Function& function_;
  std::string_view op_;
};

// x f32[rows, k] by weight f32[n, k] with an optional bias f32[n]: the type of linear, of which
// several composites are made. `weight_name` and `bias_name` are the fields as the op names them.
Result<TensorType> linear_type(const Operands& operands, Value x, Value weight, Value bias,
                               std::string_view weight_name = "weight",
                               std::string_view bias_name = "bias");

// x f32[..., n], normalised with a weight f32[n]: the type of rms_norm, of which several composites
// are made.
Result<TensorType> norm_type(const Operands& operands, Value x, Value weight, double epsilon,
                             std::string_view weight_name = "weight");

// Query heads are a multiple of the cache's KV heads.
Result<void> check_heads(const Operands& operands, std::int64_t heads, const CacheType& cache);
// A q|k|v row [rows, (heads + 2 * kv_heads) * head_dim] and its rope table [rows, head_dim].
Result<void> check_qkv(const Operands& operands, const TensorType& qkv, Value table,
                       std::int64_t heads, const CacheType& cache);

// Products of extents stay far from overflow: every constant extent and integer attribute is at
// most this.
inline constexpr std::int64_t kLargestExtent = std::int64_t{1} << 30;

// The product of the constant extents; nullopt when it overflows.
std::optional<std::int64_t> constant_product(const Shape& shape);

}  // namespace ir::graph
