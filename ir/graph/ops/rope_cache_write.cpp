// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/ops/rope_cache_write.h"

#include "ir/graph/ops/rope.h"
#include "ir/graph/rules.h"

namespace ir::graph {

Result<Type> result_type(const RopeCacheWrite& op, const Operands& operands) {
  TRY(const CacheType cache, operands.cache("cache", op.cache, op.layer));
  TRY(const TensorType qkv, operands.tensor("qkv", op.qkv, DType::f32, 2));
  TRY_DO(check_qkv(operands, qkv, op.table, op.heads, cache));
  TRY_DO(operands.row_numbers("sequences", op.sequences, qkv.shape[0]));
  TRY_DO(operands.row_numbers("positions", op.positions, qkv.shape[0]));
  return Type(cache);
}

Value decompose(const RopeCacheWrite& op, Builder& build) {
  const auto cache = std::get<CacheType>(build.function().type_of(op.cache));
  const std::int64_t width = cache.kv_heads * cache.head_dim;
  const std::int64_t begin = op.heads * cache.head_dim;
  const Value keys = build.emit(Slice{op.qkv, begin, begin + width});
  return build.emit(
      CacheWrite{.cache = op.cache,
                 .keys = build.emit(Rope{keys, op.table, cache.head_dim}),
                 .values = build.emit(Slice{op.qkv, begin + width, begin + 2 * width}),
                 .sequences = op.sequences,
                 .positions = op.positions,
                 .layer = op.layer});
}

}  // namespace ir::graph
