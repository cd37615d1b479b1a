// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "codegen/lower/lower.h"
#include "codegen/lower/paged_cache.h"

namespace codegen::lower {
namespace {

constexpr std::uint64_t kBindingBytes = 128ULL << 20;
constexpr std::uint32_t kMostRows = 128;

// Query heads of the widest attention, 0 without one.
std::uint64_t heads_of(const ir::graph::Graph& graph) {
  std::int64_t heads = 0;
  for (const ir::graph::Function& function : graph.functions)
    for (const ir::graph::Node& node : function.nodes) {
      if (const auto* op = std::get_if<ir::graph::Attention>(&node.op))
        heads = std::max(heads, op->heads);
      if (const auto* op = std::get_if<ir::graph::RopeAttention>(&node.op))
        heads = std::max(heads, op->heads);
    }
  return static_cast<std::uint64_t>(heads);
}

std::uint64_t head_dim_of(const ir::graph::Graph& graph) {
  for (const ir::graph::Function& function : graph.functions)
    for (const ir::graph::Type& type : function.types)
      if (const auto* cache = std::get_if<ir::graph::CacheType>(&type))
        return static_cast<std::uint64_t>(cache->head_dim);
  return 0;
}

}  // namespace

ir::kernel::Capacities capacities_for(const ir::graph::Graph& graph, std::uint32_t context) {
  ir::kernel::Capacities capacities{.max_rows = kMostRows, .context = context};
  const std::uint64_t row_bytes =
      heads_of(graph) * partial_elements(head_dim_of(graph)) * 4 * capacities.pages_per_sequence();
  if (row_bytes > 0)
    capacities.max_rows = static_cast<std::uint32_t>(
        std::clamp<std::uint64_t>(kBindingBytes / row_bytes, 1, kMostRows));
  return capacities;
}

}  // namespace codegen::lower
