// SPDX-License-Identifier: Apache-2.0
// rope_cache_write: rotates the keys inside a q|k|v row and stores keys and values.
//
//   qkv f32[rows, (heads + 2 * kv_heads) * head_dim], table f32[rows, head_dim]  ->  the cache
//   = cache_write(cache, rope(k, table), v)
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct RopeCacheWrite {
  Value cache, qkv, table, sequences, positions;
  std::int64_t layer = 0;
  std::int64_t heads = 0;
};

template <>
inline constexpr OpTable table_of<RopeCacheWrite> = {
    "rope_cache_write",
    Tier::composite,
    {FIELD(RopeCacheWrite, cache, value), FIELD(RopeCacheWrite, qkv, value),
     FIELD(RopeCacheWrite, table, value), FIELD(RopeCacheWrite, sequences, value),
     FIELD(RopeCacheWrite, positions, value), FIELD(RopeCacheWrite, layer, integer),
     FIELD(RopeCacheWrite, heads, integer)}};

Result<Type> result_type(const RopeCacheWrite& op, const Operands& operands);
Value decompose(const RopeCacheWrite& op, Builder& build);

}  // namespace ir::graph
