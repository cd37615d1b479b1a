// SPDX-License-Identifier: Apache-2.0
// qkv_cache_write: a gemv that gives a q|k|v row, and the rope_cache_write after it, in one
// dispatch; few rows.
//
//   columns of a head     0 ... 15 | 16 ... 31 | 32 ... 47 | 48 ... 63       head_dim 64
//   tiles                     0    |     1     |     2     |     3           a pair: 32 apart
//   of a workgroup            1st  |    3rd    |    2nd    |    4th
//
// Both halves of a rotary pair are summed up in one workgroup. One lane finishes both: it stores
// them into the row, where attention finds its queries, and those of keys and values into the
// cache, too.
#include <fmt/format.h>

#include "codegen/lower/column_sums.h"
#include "codegen/lower/forms/forms.h"
#include "codegen/lower/paged_cache.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::size_t kStorageBuffers = 8;  // that a kernel may bind

// Both nodes.
struct QkvCacheWrite {
  Projection projection;
  CacheShape cache;
  std::int64_t layer = 0;
  std::uint64_t heads = 0;
  std::uint32_t rope = 0;  // where the step's rope rows begin

  std::uint64_t half() const { return cache.head_dim / 2; }
};

// Only where half a head has whole tiles.
std::optional<QkvCacheWrite> match_both(const ir::graph::Node& node, const Lowering& l) {
  const std::optional<Projection> projection = match_projection(node.op);
  const ir::graph::Node* next = l.next(node);
  const auto* write = next ? std::get_if<ir::graph::RopeCacheWrite>(&next->op) : nullptr;
  if (!projection || projection->epilogue != Epilogue::none) return std::nullopt;
  if (!write || write->qkv != node.result) return std::nullopt;
  const CacheShape cache = cache_shape_of(l);
  const Place rope = l.place(write->table);
  if (!rope.in_step || l.width_of(write->table) != cache.head_dim) return std::nullopt;
  if (cache.head_dim % (2ULL * ir::kTileColumns) != 0) return std::nullopt;
  return QkvCacheWrite{.projection = *projection,
                       .cache = cache,
                       .layer = write->layer,
                       .heads = static_cast<std::uint64_t>(write->heads),
                       .rope = rope.offset};
}

Kernel write_kernel(const QkvCacheWrite& qkv, const EncodedWeight& weight,
                    const runtime::formats::StepLayout& layout) {
  Builder b(fmt::format("{}_cache_write_{}x{}", name_of(qkv.projection, weight), qkv.cache.kv_heads,
                        qkv.cache.head_dim),
            {ColumnSumsShape(weight).lanes(), 1, 1});
  const ProjectionInputs inputs = bind_inputs(b, qkv.projection, weight);
  const MemoryId y = b.write("y", kF32), step = b.read("step", kU32);
  const MemoryId page_table = b.read("page_table", kU32);
  const MemoryId keys = b.write("keys", kF32), values = b.write("values", kF32);
  const CacheWriter cache{{b, step, layout}, page_table, keys, values, qkv.cache, qkv.rope};
  const auto half = static_cast<double>(qkv.half());
  const auto dim = static_cast<double>(qkv.cache.head_dim);
  ColumnSums sums(b, qkv.projection, inputs, weight, static_cast<std::uint32_t>(qkv.half()));
  sums.compute();
  sums.for_each_pair([&](Expr n, Expr sum, Expr partners_sum) {
    const Expr row = b.workgroup_y(), head = n / dim, i = n % dim;
    const Expr first_key = b.u32(qkv.heads), first_value = b.u32(qkv.heads + qkv.cache.kv_heads);
    const Expr out = row * static_cast<double>(row_stride(weight.n())) + n;
    const auto stored = [&](Expr total, double after) {
      const Expr value =
          finished(b, qkv.projection, inputs, weight, {&total, 1}, n + after, out + after);
      b.store(y, out + after, value);
      return value;
    };
    b.when(n < static_cast<double>(weight.n()), [&] {
      const RotaryPair pair{stored(sum, 0), stored(partners_sum, half)};
      b.when(head >= first_key && head < first_value,
             [&] { cache.store_key(row, head - first_key, i, pair); });
      b.when(head >= first_value, [&] { cache.store_value(row, head - first_value, i, pair); });
    });
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_qkv_cache_write(const ir::graph::Node& node, Lowering& l) {
  const std::optional<QkvCacheWrite> qkv = match_both(node, l);
  if (!qkv) return false;
  const std::vector<ProjectionPart> parts = projection_parts(qkv->projection, l);
  if (parts.size() != 1) return false;
  const EncodedWeight& weight = parts[0].weight;
  const CachePools& pools = l.pools(qkv->layer);
  std::vector<std::uint32_t> buffers = parts[0].buffers;
  buffers.insert(buffers.end(), {l.allocate(node.result).buffer, l.step_buffer(),
                                 l.page_table_buffer(), pools.keys, pools.values});
  if (buffers.size() > kStorageBuffers) return false;  // with a norm and a bias
  const SizeExpr rows = l.rows_of(qkv->projection.x);
  l.only_when(greater(std::uint64_t{kFewRows + 1}, rows));
  l.with_next(*l.next(node));
  const auto write = [&](const ir::Target& target) {
    return write_kernel(*qkv, weight.on(target), l.step_layout());
  };
  l.dispatch(write, buffers, {ColumnSumsShape(weight).workgroups(weight.n()), rows, 1});
  return true;
}

}  // namespace codegen::lower
