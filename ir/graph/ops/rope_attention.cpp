// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/rope_attention.h"

#include "ir/graph/ops/attention.h"
#include "ir/graph/ops/rope.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const RopeAttention& op, const Operands& operands) {
  TRY(TensorType qkv, operands.tensor("qkv", op.qkv, DType::f32, 2));
  TRY(const CacheType cache, operands.cache("cache", op.cache, op.layer));
  TRY_DO(check_qkv(operands, qkv, op.table, op.heads, cache));
  TRY_DO(operands.row_numbers("sequences", op.sequences, qkv.shape[0]));
  TRY_DO(operands.row_numbers("positions", op.positions, qkv.shape[0]));
  qkv.shape[1] = Dim(op.heads * cache.head_dim);
  return Type(std::move(qkv));
}

Value decompose(const RopeAttention& op, Builder& build) {
  const auto cache = std::get<CacheType>(build.function().type_of(op.cache));
  const Value queries = build.emit(Slice{op.qkv, 0, op.heads * cache.head_dim});
  return build.emit(Attention{.queries = build.emit(Rope{queries, op.table, cache.head_dim}),
                              .cache = op.cache,
                              .sequences = op.sequences,
                              .positions = op.positions,
                              .layer = op.layer,
                              .heads = op.heads,
                              .scale = op.scale});
}

}  // namespace ir::graph
