// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/attention.h"

#include <fmt/format.h>

#include "ir/graph/ops/softmax.h"
#include "ir/graph/rules.h"

namespace ir::graph {
namespace {

// The score of a position that a row does not see: its exponential is 0, and subtracting any
// maximum from it stays finite in f32.
constexpr double kHidden = -1e30;

}  // namespace

Result<Type> result_type(const Attention& op, const Operands& operands) {
  TRY(TensorType queries, operands.tensor("queries", op.queries, DType::f32, 2));
  TRY(const CacheType cache, operands.cache("cache", op.cache, op.layer));
  TRY_DO(check_heads(operands, op.heads, cache));
  TRY_DO(operands.same("queries' last extent", queries.shape[1], "heads * head_dim",
                       op.heads * cache.head_dim));
  TRY_DO(operands.row_numbers("sequences", op.sequences, queries.shape[0]));
  TRY_DO(operands.row_numbers("positions", op.positions, queries.shape[0]));
  return Type(std::move(queries));
}

Value decompose(const Attention& op, Builder& build) {
  const auto cache = std::get<CacheType>(build.function().type_of(op.cache));
  const Dim rows = build.type_of(op.queries).shape[0];
  const std::int64_t group = op.heads / cache.kv_heads;
  const auto by_head = [&](Value cached, std::vector<std::int64_t> order) {
    const Shape shape{rows, "context", cache.kv_heads, cache.head_dim};
    return build.emit(Transpose{build.emit(Reshape{cached, shape}), std::move(order)});
  };

  const Value scaled = build.emit(Mul{op.queries, build.emit(Constant{op.scale, DType::f32})});
  const Value queries = build.emit(Reshape{scaled, {rows, cache.kv_heads, group, cache.head_dim}});
  const Value keys =
      by_head(build.emit(CacheKeys{op.cache, op.sequences, op.positions, op.layer}), {0, 2, 1, 3});
  const Value scores = build.emit(MatmulNt{queries, keys});

  const Value position = build.emit(Reshape{op.positions, {rows, 1}});
  const Value seen = build.emit(LessEqual{build.emit(Iota{{"context"}}), position});
  const Value visible = build.emit(Reshape{seen, {rows, 1, 1, "context"}});
  const Value hidden = build.emit(Constant{kHidden, DType::f32});
  const Value shares = build.emit(Softmax{build.emit(Select{visible, scores, hidden})});

  const Value values = by_head(
      build.emit(CacheValues{op.cache, op.sequences, op.positions, op.layer}), {0, 2, 3, 1});
  const Value mixed = build.emit(MatmulNt{shares, values});
  return build.emit(Reshape{mixed, {rows, op.heads * cache.head_dim}});
}

}  // namespace ir::graph
