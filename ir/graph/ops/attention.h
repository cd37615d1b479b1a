// SPDX-License-Identifier: Apache-2.0
// attention: causal attention of query rows over what their sequences have stored.
//
//   queries f32[rows, heads * head_dim], sequences u32[rows], positions u32[rows]
//     ->  f32[rows, heads * head_dim]
//
// Query head h reads KV head h / (heads / kv_heads) (grouped queries, arXiv:2305.13245). A row sees
// positions 0 ... its own, which cache_write has stored before. Scores are (q * scale) . k.
#pragma once

#include "ir/graph/ops/primitives.h"

namespace ir::graph {

class Builder;
class Operands;

struct Attention {
  Value queries, cache, sequences, positions;
  std::int64_t layer = 0;
  std::int64_t heads = 0;
  double scale = 1;
};

template <>
inline constexpr OpTable table_of<Attention> = {
    "attention",
    Tier::composite,
    {FIELD(Attention, queries, value), FIELD(Attention, cache, value),
     FIELD(Attention, sequences, value), FIELD(Attention, positions, value),
     FIELD(Attention, layer, integer), FIELD(Attention, heads, integer),
     FIELD(Attention, scale, real)}};

Result<Type> result_type(const Attention& op, const Operands& operands);
Value decompose(const Attention& op, Builder& build);

}  // namespace ir::graph
