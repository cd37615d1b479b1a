// SPDX-License-Identifier: Apache-2.0
// attention: causal attention over the paged cache, split at pages of 64 positions, in two
// dispatches (split-K softmax, as in flash-decoding).
//
//   partial   workgroup (page, KV head, row), 64 lanes
//               1. all query heads of the KV head: rotated, scaled, into workgroup memory
//               2. lane t: scores of position t for every query head; K is read once for all
//               3. per head: m = max over the workgroup, p = exp(score - m)
//               4. lane i: sum over positions of p * v[position][i], and l = sum of p
//             stores (o[head_dim], m, l) per query head and page
//   merge     workgroup (query head, row): pages folded together, one lane per dimension
//
// The order of additions is the law in codegen/lower/attention_order.h. Pages after a row's own
// position are skipped.
#include <fmt/format.h>

#include <cmath>

#include "codegen/lower/attention_order.h"
#include "codegen/lower/forms/forms.h"
#include "codegen/lower/reduction.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = kAttentionPage;

// First element of the partial result of (row, head, page).
Expr partial_base(const AttentionShape& s, Expr pages, Expr row, Expr head, Expr page) {
  return ((row * static_cast<double>(s.heads) + head) * pages + page) *
         static_cast<double>(partial_elements(s.cache.head_dim));
}

// Puts the queries of one KV head's group into workgroup memory, rotated and scaled.
void load_queries(Builder& b, const AttentionShape& s, const StepView& view, MemoryId queries,
                  MemoryId q, Expr row, Expr kv_head) {
  const double dim = static_cast<double>(s.cache.head_dim), half = dim / 2;
  const Expr first_query = row * static_cast<double>(s.query_stride) +
                           kv_head * static_cast<double>(s.group() * s.cache.head_dim);
  b.loop(b.local_x(), b.u32(s.group() * s.cache.head_dim / 2), b.u32(kLanes), [&](Expr index) {
    const Expr head = index / half, i = index % half;
    const Expr low = head * dim + i, high = low + half;
    Expr x = b.load(queries, first_query + low) * s.scale;
    Expr y = b.load(queries, first_query + high) * s.scale;
    if (s.rope) {
      const RotaryPair turned =
          rotated(view, {x, y}, row * dim + *s.rope + i, s.cache.head_dim / 2);
      x = turned.first;
      y = turned.second;
    }
    b.store(q, low, x);
    b.store(q, high, y);
  });
}

// Scores of this lane's position for every head of the group.
std::vector<Expr> score(Builder& b, const AttentionShape& s, MemoryId keys, MemoryId q, Expr base4,
                        Expr visible) {
  const Expr lane = b.local_x();
  std::vector<VariableId> sums;
  for (std::uint64_t g = 0; g < s.group(); ++g)
    sums.push_back(b.variable(fmt::format("score{}", g), b.f32(0)));
  b.when(lane < visible, [&] {
    b.loop(0, s.cache.head_dim4(), [&](Expr d) {
      const Expr key = b.load(keys, base4 + d * kLanes + lane);
      for (std::uint64_t g = 0; g < s.group(); ++g) {
        const Expr first = d * 4 + static_cast<double>(g * s.cache.head_dim);
        const Expr query = b.vector(
            {b.load(q, first), b.load(q, first + 1), b.load(q, first + 2), b.load(q, first + 3)});
        b.accumulate(sums[g], b.dot(key, query));
      }
    });
  });
  std::vector<Expr> scores;
  for (const VariableId sum : sums)
    scores.push_back(b.select(lane < visible, b.get(sum), b.f32(kHiddenScore)));
  return scores;
}

// What one page contributes to the output of every head of the group: weights[g][position], and
// each value, summed up by one lane per dimension. Lane 0 adds up the weights on the way.
void store_partials(Builder& b, const AttentionShape& s, MemoryId weights, MemoryId values,
                    MemoryId partials, const std::vector<Expr>& maxima,
                    const std::vector<Expr>& out, Expr base, Expr visible) {
  const Expr lane = b.local_x();
  const double end = static_cast<double>(s.cache.head_dim4() * 4);
  for (std::uint64_t g = 0; g < s.group(); ++g) {
    const VariableId total = b.variable("total", b.f32(0));
    b.loop(lane, b.u32(s.cache.head_dim), b.u32(kLanes), [&](Expr i) {
      const VariableId sum = b.variable("out", b.f32(0));
      b.set(total, b.f32(0));
      b.loop(b.u32(0), visible, b.u32(1), [&](Expr t) {
        const Expr weight = b.load(weights, t + static_cast<double>(g * kLanes));
        b.accumulate(sum, weight * b.load(values, base + value_offset(s.cache, t, i)));
        b.accumulate(total, weight);
      });
      b.store(partials, out[g] + i, b.get(sum));
    });
    b.when(lane == 0, [&] {
      b.store(partials, out[g] + end, maxima[g]);
      b.store(partials, out[g] + (end + 1), b.get(total));
    });
  }
}

Kernel write_partial(const AttentionShape& s, const runtime::formats::StepLayout& layout,
                     const ir::Target& target) {
  const CacheShape& c = s.cache;
  Builder b(
      fmt::format("attention{}_{}x{}x{}", s.rope ? "_rope" : "", s.heads, c.kv_heads, c.head_dim),
      {kLanes, 1, 1});
  const MemoryId queries = b.read("queries", kF32), step = b.read("step", kU32);
  const MemoryId page_table = b.read("page_table", kU32);
  const MemoryId keys = b.read("keys", kVec4F32), values = b.read("values", kF32);
  const MemoryId partials = b.write("partials", kF32);
  const MemoryId q = b.shared("q", kF32, static_cast<std::uint32_t>(s.group() * c.head_dim));
  const MemoryId weights =
      b.shared("weights", kF32, static_cast<std::uint32_t>(s.group() * kLanes));
  const StepView view{b, step, layout};

  const Expr page = b.workgroup_x(), kv_head = b.workgroup_y(), row = b.workgroup_z();
  const Expr lane = b.local_x();
  const Expr position = view.position(row);
  const Expr first = page * kLanes;
  b.when(first <= position, [&] {
    const Expr visible = b.binary(BinaryKind::min, position - first + 1, b.u32(kLanes));
    const Expr physical = physical_page(b, page_table, c, view.sequence(row), page);
    const Expr base = head_base(c, physical, kv_head);
    load_queries(b, s, view, queries, q, row, kv_head);
    b.barrier();
    const std::vector<Expr> scores = score(b, s, keys, q, base >> 2, visible);
    const std::vector<Expr> maxima =
        over_workgroup(b, {SubgroupKind::max, "maxima", kLanes}, scores, target);
    std::vector<Expr> out;
    const Expr pages = view.header(runtime::formats::kStepPagesWord);
    for (std::uint64_t g = 0; g < s.group(); ++g) {
      b.store(weights, lane + static_cast<double>(g * kLanes),
              b.unary(UnaryKind::exp, scores[g] - maxima[g]));
      const Expr head = kv_head * static_cast<double>(s.group()) + static_cast<double>(g);
      out.push_back(partial_base(s, pages, row, head, page));
    }
    b.barrier();
    store_partials(b, s, weights, values, partials, maxima, out, base, visible);
  });
  return std::move(b).finish();
}

Kernel write_merge(const AttentionShape& s, const runtime::formats::StepLayout& layout) {
  const CacheShape& c = s.cache;
  const std::uint64_t width = s.heads * c.head_dim, stride = row_stride(width);
  Builder b(fmt::format("attention_merge_{}x{}", s.heads, c.head_dim), {kLanes, 1, 1});
  const MemoryId partials = b.read("partials", kF32), step = b.read("step", kU32);
  const MemoryId y = b.write("y", kF32);
  const StepView view{b, step, layout};
  const Expr head = b.workgroup_x(), row = b.workgroup_y(), lane = b.local_x();
  const Expr pages = view.header(runtime::formats::kStepPagesWord);
  const Expr used = view.position(row) / kLanes + 1;
  const Expr first = partial_base(s, pages, row, head, b.u32(0));
  const double size = static_cast<double>(partial_elements(s.cache.head_dim));
  const double end = static_cast<double>(c.head_dim4() * 4);

  const Expr out = row * static_cast<double>(stride);
  b.loop(lane, b.u32(c.head_dim), b.u32(kLanes), [&](Expr i) {
    const VariableId largest = b.variable("largest", b.f32(kHiddenScore));
    const VariableId total = b.variable("total", b.f32(0)), sum = b.variable("sum", b.f32(0));
    b.loop(b.u32(0), used, b.u32(1), [&](Expr p) {
      const Expr at = first + p * size;
      const PageFold fold(b, b.get(largest), b.load(partials, at + end));
      b.set(total, folded(b.get(total), fold.old_factor, b.load(partials, at + (end + 1)),
                          fold.new_factor));
      b.set(sum, folded(b.get(sum), fold.old_factor, b.load(partials, at + i), fold.new_factor));
      b.set(largest, fold.largest);
    });
    b.store(y, out + head * static_cast<double>(c.head_dim) + i, b.get(sum) / b.get(total));
  });
  // The last head clears the padding of the row.
  if (stride > width)
    b.when(head == static_cast<double>(s.heads - 1), [&] {
      b.when(lane < static_cast<double>(stride - width),
             [&] { b.store(y, out + static_cast<double>(width) + lane, b.f32(0)); });
    });
  return std::move(b).finish();
}

}  // namespace

bool lower_attention(const ir::graph::Node& node, Lowering& l) {
  const std::optional<AttentionShape> s = match_attention(node.op, l);
  if (!s) return false;
  const CacheShape& c = s->cache;
  const std::uint64_t workgroup_bytes = s->group() * (c.head_dim + 2ULL * kLanes) * 4;
  if (c.head_dim % 4 != 0 || c.page_tokens != kLanes || workgroup_bytes > 16384) return false;
  const CachePools& pools = l.pools(s->layer);
  const std::uint32_t queries = l.place(s->queries).buffer;
  const SizeExpr rows = l.rows_of(s->queries);
  const std::uint32_t partials = l.scratch(
      fmt::format("{}.partials", node.provenance),
      SizeExpr("page_capacity") * (l.most_rows() * partial_row_bytes(s->heads, c.head_dim)));
  l.dispatch([&](const ir::Target& target) { return write_partial(*s, l.step_layout(), target); },
             {queries, l.step_buffer(), l.page_table_buffer(), pools.keys, pools.values, partials},
             {"pages", c.kv_heads, rows});
  const Place y = l.allocate(node.result);
  l.dispatch(write_merge(*s, l.step_layout()), {partials, l.step_buffer(), y.buffer},
             {s->heads, rows, 1});
  return true;
}

}  // namespace codegen::lower
