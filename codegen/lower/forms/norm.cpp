// SPDX-License-Identifier: Apache-2.0
// norm: one workgroup normalises one row (codegen/lower/row_norm.h).
#include <fmt/format.h>

#include "codegen/lower/forms/forms.h"
#include "codegen/lower/row_norm.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;

Kernel write_norm(std::uint64_t width, double epsilon) {
  const std::uint64_t stride4 = row_stride(width) / 4;
  Builder b(fmt::format("rms_norm_{}", width), {kLanes, 1, 1});
  const MemoryId x = b.read("x", kVec4F32), weight = b.read("weight", kVec4F32);
  const MemoryId y = b.write("y", kVec4F32);
  const Expr row4 = b.workgroup_x() * static_cast<double>(stride4);
  RowNorm norm(b, kLanes, width, epsilon, x, weight, row4);
  norm.reduce();
  b.loop(b.local_x(), b.u32(stride4), b.u32(kLanes),
         [&](Expr i) { norm.normalize(i, [&](Expr value) { b.store(y, row4 + i, value); }); });
  return std::move(b).finish();
}

}  // namespace

bool lower_norm(const ir::graph::Node& node, Lowering& l) {
  const auto* norm = std::get_if<ir::graph::RmsNorm>(&node.op);
  if (!norm || !l.weight_of(norm->weight) || l.shape_of(norm->x).size() != 2) return false;
  const Place x = l.place(norm->x);
  const std::uint32_t weight = l.weight_buffer(norm->weight);
  const Place y = l.allocate(node.result);
  l.dispatch(write_norm(l.width_of(norm->x), norm->epsilon), {x.buffer, weight, y.buffer},
             {l.rows_of(norm->x), 1, 1});
  return true;
}

}  // namespace codegen::lower
