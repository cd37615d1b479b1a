// SPDX-License-Identifier: Apache-2.0
// What all forms of attention share: its shape, and the order in which it adds up. The order is a
// law, so that a row's result has the same bits whatever form computed it and whatever lay beside
// it. For one query head of one row:
//
//   1. Positions are split into pages of 64, always. A page gives
//        m = max of scores    p[t] = exp(score[t] - m)    l = sum of p[t]    o = sum of p[t] * v[t]
//      over its visible positions t in ascending order.
//   2. Pages are folded in ascending order into (M, L, O), which begins as (hidden, 0, 0):
//        M' = max(M, m)    L' = L * exp(M - M') + l * exp(m - M')    O' likewise with o
//   3. The result is O / L.
//
// A score is the sum over dimensions, four at a time, of key * (query * scale, rotated).
#pragma once

#include <optional>

#include "codegen/lower/paged_cache.h"

namespace codegen::lower {

inline constexpr std::uint32_t kAttentionPage = 64;
inline constexpr double kHiddenScore = -3.0e38;  // loses against every true score

struct AttentionShape {
  CacheShape cache;
  ir::graph::Value queries;
  std::int64_t layer = 0;
  std::uint64_t heads = 0;
  std::uint64_t query_stride = 0;  // elements from one row of queries to the next
  double scale = 1;
  std::optional<std::uint32_t> rope;  // words into the step: queries are still to be rotated

  std::uint64_t group() const { return heads / cache.kv_heads; }
};

// The shape of an attention or rope_attention whose rope rows the host computes.
std::optional<AttentionShape> match_attention(const ir::graph::Op& op, const Lowering& l);

// Step 2 for one page, whose maximum is `page_largest`.
struct PageFold {
  using Expr = ir::kernel::Expr;
  PageFold(ir::kernel::Builder& b, Expr largest_before, Expr page_largest);

  Expr largest, old_factor, new_factor;
};
inline ir::kernel::Expr folded(ir::kernel::Expr before, ir::kernel::Expr old_factor,
                               ir::kernel::Expr of_page, ir::kernel::Expr new_factor) {
  return before * old_factor + of_page * new_factor;
}

// Rows of a step that one workgroup of the form for many rows takes; 0: it is not for this shape.
std::uint32_t attention_tile_rows(std::uint64_t group, std::uint64_t head_dim);

// Bytes that the form for few rows keeps for each row and page.
constexpr std::uint64_t partial_row_bytes(std::uint64_t heads, std::uint64_t head_dim) {
  return heads * partial_elements(head_dim) * 4;
}

// Steps of up to so many rows take that form: kFewRows, or as many as let what it keeps stay within
// WebGPU's default binding size at the full context.
std::uint64_t attention_few_rows(std::uint64_t heads, std::uint64_t head_dim,
                                 const ir::kernel::Capacities& capacities);

}  // namespace codegen::lower
