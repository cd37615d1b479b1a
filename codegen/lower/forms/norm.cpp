// SPDX-License-Identifier: Apache-2.0
// norm: one workgroup normalises one row.
//
//   each lane sums the squares of every 64th vec4 -> the sum over the workgroup -> every lane
//   scales its share of the row
//
// The padding of a row is 0, so it may be summed; it is written as 0 again.
#include <fmt/format.h>

#include "codegen/lower/forms/forms.h"
#include "codegen/lower/reduction.h"
#include "ir/kernel/builder.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;

Kernel write_norm(std::uint64_t width, double epsilon, const ir::Target& target) {
  const std::uint64_t stride4 = row_stride(width) / 4;
  const std::uint64_t weight4 = (width + 3) / 4;
  Builder b(fmt::format("rms_norm_{}", width), {kLanes, 1, 1});
  const MemoryId x = b.read("x", kVec4F32), weight = b.read("weight", kVec4F32);
  const MemoryId y = b.write("y", kVec4F32);
  const Expr lane = b.local_x();
  const Expr row = b.workgroup_x() * static_cast<double>(stride4);

  const VariableId sum = b.variable("sum", b.f32(0));
  b.loop(lane, b.u32(stride4), b.u32(kLanes), [&](Expr i) {
    const Expr v = b.load(x, row + i);
    b.accumulate(sum, b.dot(v, v));
  });
  const Expr total =
      over_workgroup(b, {SubgroupKind::add, "sums", kLanes}, {b.get(sum)}, target)[0];
  const Expr mean = total / static_cast<double>(width);
  const Expr factor = b.unary(UnaryKind::inverse_sqrt, mean + epsilon);
  b.loop(lane, b.u32(stride4), b.u32(kLanes), [&](Expr i) {
    b.when(
        i < static_cast<double>(weight4),
        [&] { b.store(y, row + i, b.load(x, row + i) * factor * b.load(weight, i)); },
        [&] { b.store(y, row + i, b.constant(kVec4F32, 0)); });
  });
  return std::move(b).finish();
}

}  // namespace

bool lower_norm(const ir::graph::Node& node, Lowering& l) {
  const auto* norm = std::get_if<ir::graph::RmsNorm>(&node.op);
  if (!norm || !l.weight_of(norm->weight) || l.shape_of(norm->x).size() != 2) return false;
  const Place x = l.place(norm->x);
  const std::uint32_t weight = l.weight_buffer(norm->weight);
  const Place y = l.allocate(node.result);
  l.dispatch(
      [&](const ir::Target& target) {
        return write_norm(l.width_of(norm->x), norm->epsilon, target);
      },
      {x.buffer, weight, y.buffer}, {l.rows_of(norm->x), 1, 1});
  return true;
}

}  // namespace codegen::lower
