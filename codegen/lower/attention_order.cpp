// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/attention_order.h"

#include <algorithm>

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

std::optional<AttentionShape> match_attention(const ir::graph::Op& op, const Lowering& l) {
  if (const auto* rotating = std::get_if<ir::graph::RopeAttention>(&op)) {
    const Place rope = l.place(rotating->table);
    AttentionShape s{.cache = cache_shape_of(l),
                     .queries = rotating->qkv,
                     .layer = rotating->layer,
                     .heads = static_cast<std::uint64_t>(rotating->heads),
                     .query_stride = row_stride(l.width_of(rotating->qkv)),
                     .scale = rotating->scale,
                     .rope = rope.offset};
    if (!rope.in_step || l.width_of(rotating->table) != s.cache.head_dim) return std::nullopt;
    return s;
  }
  if (const auto* plain = std::get_if<ir::graph::Attention>(&op))
    return AttentionShape{.cache = cache_shape_of(l),
                          .queries = plain->queries,
                          .layer = plain->layer,
                          .heads = static_cast<std::uint64_t>(plain->heads),
                          .query_stride = row_stride(l.width_of(plain->queries)),
                          .scale = plain->scale};
  return std::nullopt;
}

PageFold::PageFold(Builder& b, Expr largest_before, Expr page_largest)
    : largest(b.binary(BinaryKind::max, largest_before, page_largest)),
      old_factor(b.unary(UnaryKind::exp, largest_before - largest)),
      new_factor(b.unary(UnaryKind::exp, page_largest - largest)) {}

std::uint32_t attention_tile_rows(std::uint64_t group, std::uint64_t head_dim) {
  constexpr std::uint64_t kMostQueries = 16;  // of a tile: what a lane can keep in registers
  constexpr std::uint64_t kWorkgroupBytes = 16384;
  if (head_dim % 8 != 0) return 0;  // rotary halves are read four by four
  // Queries, weights of a page, and three numbers each; weights in fours.
  const std::uint64_t queries =
      std::min(kMostQueries, kWorkgroupBytes / ((head_dim + kAttentionPage + 3) * 4));
  const std::uint64_t rows = queries / 4 * 4 / group;
  return rows < 2 ? 0 : static_cast<std::uint32_t>(rows);
}

std::uint64_t attention_few_rows(std::uint64_t heads, std::uint64_t head_dim,
                                 const Capacities& capacities) {
  constexpr std::uint64_t kBindingBytes = std::uint64_t{128} << 20;
  const std::uint64_t row_bytes =
      partial_row_bytes(heads, head_dim) * std::max(capacities.pages_per_sequence(), 1U);
  return std::clamp<std::uint64_t>(kBindingBytes / row_bytes, 1, kFewRows);
}

}  // namespace codegen::lower
