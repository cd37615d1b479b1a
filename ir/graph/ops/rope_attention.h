// SPDX-License-Identifier: Apache-2.0
// rope_attention: attention that takes its queries, still unrotated, from a q|k|v row.
//
//   qkv f32[rows, (heads + 2 * kv_heads) * head_dim], table f32[rows, head_dim]
//     ->  f32[rows, heads * head_dim] = attention(rope(q, table), ...)
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct RopeAttention {
  Value qkv, table, cache, sequences, positions;
  std::int64_t layer = 0;
  std::int64_t heads = 0;
  double scale = 1;
};

template <>
inline constexpr OpTable table_of<RopeAttention> = {
    "rope_attention",
    Tier::composite,
    {FIELD(RopeAttention, qkv, value), FIELD(RopeAttention, table, value),
     FIELD(RopeAttention, cache, value), FIELD(RopeAttention, sequences, value),
     FIELD(RopeAttention, positions, value), FIELD(RopeAttention, layer, integer),
     FIELD(RopeAttention, heads, integer), FIELD(RopeAttention, scale, real)}};

Result<Type> result_type(const RopeAttention& op, const Operands& operands);
Value decompose(const RopeAttention& op, Builder& build);

}  // namespace ir::graph
