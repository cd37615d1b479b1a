// SPDX-License-Identifier: Apache-2.0
// rope_cache_write: one invocation stores one rotary pair of a key, and the two values beside it.
//
// A row writes to the page that its position lies in, through the page table. Rows of one step have
// different (sequence, position), so no two invocations write to one place.
#include <fmt/format.h>

#include "codegen/lower/forms/forms.h"
#include "codegen/lower/paged_cache.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;

Kernel write_kernel(const CacheShape& shape, const runtime::formats::StepLayout& layout,
                    std::uint64_t heads, std::uint32_t rope_offset) {
  const std::uint64_t half = shape.head_dim / 2;
  const std::uint64_t row_elements = row_stride((heads + 2 * shape.kv_heads) * shape.head_dim);
  Builder b(fmt::format("rope_cache_write_{}x{}", shape.kv_heads, shape.head_dim), {kLanes, 1, 1});
  const MemoryId qkv = b.read("qkv", kF32), step = b.read("step", kU32);
  const MemoryId page_table = b.read("page_table", kU32);
  const MemoryId keys = b.write("keys", kF32), values = b.write("values", kF32);
  const CacheWriter cache{{b, step, layout}, page_table, keys, values, shape, rope_offset};
  const Expr index = b.workgroup_x() * kLanes + b.local_x();
  const Expr row = b.workgroup_y();
  b.when(index < static_cast<double>(shape.kv_heads * half), [&] {
    const Expr head = index / static_cast<double>(half);
    const Expr i = index % static_cast<double>(half);
    const Expr key = row * static_cast<double>(row_elements) +
                     head * static_cast<double>(shape.head_dim) +
                     static_cast<double>(heads * shape.head_dim) + i;
    const auto pair_at = [&](Expr at) {
      return RotaryPair{b.load(qkv, at), b.load(qkv, at + static_cast<double>(half))};
    };
    cache.store_key(row, head, i, pair_at(key));
    cache.store_value(row, head, i,
                      pair_at(key + static_cast<double>(shape.kv_heads * shape.head_dim)));
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_rope_cache_write(const ir::graph::Node& node, Lowering& l) {
  const auto* op = std::get_if<ir::graph::RopeCacheWrite>(&node.op);
  if (!op) return false;
  const CacheShape shape = cache_shape_of(l);
  const Place rope = l.place(op->table);
  // The padding of an odd head would have to be cleared: generic does that.
  if (shape.head_dim % 4 != 0 || !rope.in_step || l.width_of(op->table) != shape.head_dim)
    return false;
  const CachePools& pools = l.pools(op->layer);
  const std::uint64_t pairs = shape.kv_heads * shape.head_dim / 2;
  l.dispatch(
      write_kernel(shape, l.step_layout(), static_cast<std::uint64_t>(op->heads), rope.offset),
      {l.place(op->qkv).buffer, l.step_buffer(), l.page_table_buffer(), pools.keys, pools.values},
      {(pairs + kLanes - 1) / kLanes, l.rows_of(op->qkv), 1});
  return true;
}

}  // namespace codegen::lower
