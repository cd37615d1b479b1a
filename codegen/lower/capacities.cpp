// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "codegen/lower/attention_order.h"
#include "codegen/lower/lower.h"

namespace codegen::lower {
namespace {

constexpr std::uint64_t kBindingBytes = 128ULL << 20;
constexpr std::uint32_t kMostRows = 128;

struct AttentionExtents {
  std::uint64_t heads = 0;  // of the widest attention; 0 without one
  std::uint64_t group = 0, head_dim = 0;
};

AttentionExtents extents_of(const ir::graph::Graph& graph) {
  std::int64_t heads = 0;
  const ir::graph::CacheType* cache = nullptr;
  for (const ir::graph::Function& function : graph.functions) {
    for (const ir::graph::Type& type : function.types)
      if (const auto* found = std::get_if<ir::graph::CacheType>(&type)) cache = found;
    for (const ir::graph::Node& node : function.nodes) {
      if (const auto* op = std::get_if<ir::graph::Attention>(&node.op))
        heads = std::max(heads, op->heads);
      if (const auto* op = std::get_if<ir::graph::RopeAttention>(&node.op))
        heads = std::max(heads, op->heads);
    }
  }
  if (!cache || heads == 0) return {};
  return {.heads = static_cast<std::uint64_t>(heads),
          .group = static_cast<std::uint64_t>(heads / cache->kv_heads),
          .head_dim = static_cast<std::uint64_t>(cache->head_dim)};
}

}  // namespace

ir::kernel::Capacities capacities_for(const ir::graph::Graph& graph, std::uint32_t context) {
  ir::kernel::Capacities capacities{.max_rows = kMostRows, .context = context};
  const AttentionExtents extents = extents_of(graph);
  if (extents.heads == 0 || attention_tile_rows(extents.group, extents.head_dim) > 0)
    return capacities;  // many rows keep nothing between kernels
  const std::uint64_t row_bytes =
      partial_row_bytes(extents.heads, extents.head_dim) * capacities.pages_per_sequence();
  capacities.max_rows = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(
      kBindingBytes / std::max<std::uint64_t>(row_bytes, 1), 1, kMostRows));
  return capacities;
}

}  // namespace codegen::lower
