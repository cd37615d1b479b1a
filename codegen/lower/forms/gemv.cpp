// SPDX-License-Identifier: Apache-2.0
// gemv: a row of activations times a tiled weight matrix, with what comes before and after fused
// in: the norm of the row; bias, residual, or the SwiGLU of two matrices. How the lanes of a
// workgroup share the work: codegen/lower/column_sums.h.
//
// Several rows take one workgroup row each and read the weights again, so many rows take a gemm.
// With a norm, every workgroup normalises the row itself: it reads 8 * k bytes from a cache beside
// the 64 columns * k / 2 bytes of 4-bit weights that it reads from memory, and saves a dispatch
// that leaves the GPU idle. Many rows are normalised once, before their gemm.
#include "codegen/lower/column_sums.h"
#include "codegen/lower/forms/forms.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

Kernel write_gemv(const Projection& projection, const EncodedWeight& weight) {
  const std::uint64_t y_stride = row_stride(weight.n());
  Builder b(name_of(projection, weight), {ColumnSumsShape(weight).lanes(), 1, 1});
  const ProjectionInputs inputs = bind_inputs(b, projection, weight);
  const MemoryId y = b.write("y", kF32);
  ColumnSums sums(b, projection, inputs, weight);
  sums.compute();
  sums.for_each_column([&](Expr n, const std::vector<Expr>& of_products) {
    const Expr out = b.workgroup_y() * static_cast<double>(y_stride) + n;
    b.when(
        n < static_cast<double>(weight.rows().end()),
        [&] { b.store(y, out, finished(b, projection, inputs, weight, of_products, n, out)); },
        [&] { b.when(n < static_cast<double>(y_stride), [&] { b.store(y, out, b.f32(0)); }); });
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_gemv(const ir::graph::Node& node, Lowering& l) {
  const std::optional<Projection> projection = match_projection(node.op);
  if (!projection || projection->epilogue == Epilogue::argmax) return false;
  const std::vector<ProjectionPart> parts = projection_parts(*projection, l);
  if (parts.empty()) return false;
  const SizeExpr rows = l.rows_of(projection->x);
  if (projection->norm) l.only_when(greater(std::uint64_t{kFewRows + 1}, rows));
  for (const ProjectionPart& part : parts) {
    std::vector<std::uint32_t> buffers = part.buffers;
    buffers.push_back(l.allocate(node.result).buffer);
    const auto write = [&](const ir::Target& target) {
      return write_gemv(*projection, part.weight.on(target));
    };
    const std::uint64_t workgroups = ColumnSumsShape(part.weight).workgroups(part.columns());
    l.dispatch(write, buffers, {workgroups, rows, 1});
  }
  return true;
}

}  // namespace codegen::lower
