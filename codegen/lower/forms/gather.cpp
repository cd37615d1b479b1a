// SPDX-License-Identifier: Apache-2.0
// gather: rows of a weight matrix, decoded to f32; the token embedding.
//
// Each invocation decodes four neighbouring values of one row. The matrix is the same, in the same
// tiles, as the one a tied head multiplies with. Where it lies in parts, each has a dispatch.
#include <fmt/format.h>

#include "codegen/lower/encoded_weight.h"
#include "codegen/lower/forms/forms.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;

// A part leaves alone what other parts hold.
Kernel write_gather(const EncodedWeight& table, std::uint32_t ids_offset) {
  const std::uint64_t stride4 = row_stride(table.k()) / 4;
  const std::uint64_t present4 = table.groups() * table.group_vec4s();
  Builder b(fmt::format("gather_{}_{}x{}", table.encoding_name(), table.n(), table.k()),
            {kLanes, 1, 1});
  const MemoryId ids = b.read("ids", kU32), weight = b.read("weight", table.word_type());
  const MemoryId y = b.write("y", kVec4F32);
  const Expr k4 = b.workgroup_x() * kLanes + b.local_x();
  const Expr row = b.workgroup_y();
  b.when(k4 < static_cast<double>(stride4), [&] {
    const Expr out = row * static_cast<double>(stride4) + k4;
    const Expr id = b.binary(BinaryKind::min, b.load(ids, row + ids_offset), b.u32(table.n() - 1));
    const auto store = [&] {
      b.when(
          k4 < static_cast<double>(present4),
          [&] { b.store(y, out, table.four(b, weight, id, k4)); },
          [&] { b.store(y, out, b.constant(kVec4F32, 0)); });
    };
    const RowRange& rows = table.rows();
    if (rows.count == table.n()) return store();
    b.when(id >= b.u32(rows.first) && id < b.u32(rows.end()), store);
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_gather(const ir::graph::Node& node, Lowering& l) {
  const auto* gather = std::get_if<ir::graph::Gather>(&node.op);
  const StoredTensor* tensor = gather ? l.weight_of(gather->table) : nullptr;
  if (!tensor || ir::info_of(tensor->encoding).columns == 1) return false;
  const Place ids = l.place(gather->ids);
  const Place y = l.allocate(node.result);
  for (const WeightPart& part : l.weight_parts(gather->table)) {
    const EncodedWeight table(*tensor, part.rows);
    const std::uint64_t workgroups = (row_stride(table.k()) / 4 + kLanes - 1) / kLanes;
    l.dispatch(write_gather(table, ids.offset), {ids.buffer, part.buffer, y.buffer},
               {workgroups, l.rows_of(gather->ids), 1});
  }
  return true;
}

}  // namespace codegen::lower
