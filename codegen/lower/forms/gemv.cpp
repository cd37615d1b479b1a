// SPDX-License-Identifier: Apache-2.0
// gemv: a row of activations times a tiled weight matrix, with what comes before the store fused
// in: bias, residual, or the SwiGLU of two matrices.
//
//        lane 0   1   2  ...  15 | 16 ...          64 lanes = 4 tiles of 16 output columns
//   k    +---+---+---+---+---+---+
//   |    |16B|16B|   |   |   |16B|                  at each step along k the lanes of a tile read
//   v    +---+---+---+---+---+---+                  256 neighbouring bytes; sums stay in registers
//        |16B|16B| ...
//
// Nothing inside the loop crosses lanes: no barrier, no reduction. The order of additions along k
// is the same for every row and batch. Several rows (prefill) take one workgroup row each and read
// the weights again; a register-tiled gemm is a form of its own.
#include <fmt/format.h>

#include "codegen/lower/forms/forms.h"
#include "codegen/lower/projection.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;
constexpr std::uint32_t kColumns = 16;
constexpr std::uint32_t kTiles = kLanes / kColumns;

Kernel write_gemv(const Projection& projection, const EncodedWeight& weight) {
  const std::uint64_t x_stride4 = row_stride(weight.k()) / 4;
  const std::uint64_t y_stride = row_stride(weight.n());
  Builder b(name_of(projection, weight), {kLanes, 1, 1});
  const ProjectionMemories memories = bind_memories(b, projection, weight);

  const Expr lane = b.local_x();
  const Expr tile = b.workgroup_x() * kTiles + lane / kColumns;
  const Expr column = lane % kColumns;
  const Expr row = b.workgroup_y();
  const Expr n = tile * kColumns + column;
  const Expr out = row * static_cast<double>(y_stride) + n;
  std::vector<EncodedWeight::Column> columns;
  for (const MemoryId matrix : memories.weights) columns.push_back({matrix, tile, column});
  const auto compute = [&] {
    std::vector<VariableId> sums;
    for (std::size_t p = 0; p < memories.weights.size(); ++p)
      sums.push_back(b.variable(fmt::format("sum{}", p), b.f32(0)));
    const Expr x_row = row * static_cast<double>(x_stride4);
    b.loop(0, weight.groups(), [&](Expr g) {
      const Expr first = x_row + g * weight.group_vec4s();
      const EncodedWeight::Activations activations[] = {weight.activations(b, memories.x, first)};
      const EncodedWeight::Dots dots = weight.group_dots(b, columns, g, activations);
      for (std::size_t p = 0; p < sums.size(); ++p) b.accumulate(sums[p], dots[p][0]);
    });
    std::vector<Expr> totals;
    for (const VariableId sum : sums) totals.push_back(b.get(sum));
    b.store(memories.y, out, finished(b, projection, memories, weight, totals, n, out));
  };
  b.when(n < static_cast<double>(weight.n()), compute, [&] {
    b.when(n < static_cast<double>(y_stride), [&] { b.store(memories.y, out, b.f32(0)); });
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_gemv(const ir::graph::Node& node, Lowering& l) {
  const std::optional<Projection> projection = match_projection(node.op);
  if (!projection) return false;
  const std::optional<EncodedWeight> weight = tiled_weight(*projection, l);
  if (!weight) return false;
  const Place y = l.allocate(node.result);
  const std::uint64_t workgroups = (row_stride(weight->n()) + kLanes - 1) / kLanes;
  l.dispatch(write_gemv(*projection, *weight), buffers_of(*projection, l, y),
             {workgroups, l.rows_of(projection->x), 1});
  return true;
}

}  // namespace codegen::lower
