// SPDX-License-Identifier: Apache-2.0
// argmax_head and argmax: the index of the largest logit, the lowest among equals.
//
//   argmax_head   1. as gemv, but each workgroup keeps only the best (logit, column) of its own
//                 2. one workgroup per row picks the best of those
//   argmax        the second step alone, over stored logits
//
// The head's logits never reach memory: 2 numbers per workgroup do.
#include <fmt/format.h>

#include "codegen/lower/column_sums.h"
#include "codegen/lower/forms/forms.h"
#include "codegen/lower/reduction.h"

namespace codegen::lower {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kLanes = 64;
constexpr double kLowest = -3.4028234663852886e38;  // the lowest finite f32

// The better of a candidate and the best so far, in two variables. Candidates come in rising order
// of index within a lane, not across lanes: equal values are decided by index.
struct Best {
  Builder& b;
  VariableId value, index;

  void consider(Expr candidate, Expr at) const {
    const Expr better =
        b.binary(BinaryKind::logical_or, candidate > b.get(value),
                 b.binary(BinaryKind::logical_and, candidate == b.get(value), at < b.get(index)));
    const Expr new_index = b.select(better, at, b.get(index));
    b.set(value, b.select(better, candidate, b.get(value)));
    b.set(index, new_index);
  }
};

Best no_candidate(Builder& b) {
  return {b, b.variable("best", b.f32(kLowest)), b.variable("best_index", b.u32(0xffffffff))};
}

// The best of all lanes: the largest value, and the lowest index that has it. Lane 0 uses it.
void best_of_lanes(Builder& b, std::uint32_t lanes, const Best& mine, const ir::Target& target,
                   const std::function<void(Expr, Expr)>& use) {
  const Expr value =
      over_workgroup(b, {SubgroupKind::max, "values", lanes}, {b.get(mine.value)}, target)[0];
  const Expr candidate = b.select(b.get(mine.value) >= value, b.get(mine.index), b.u32(0xffffffff));
  const Expr index =
      over_workgroup(b, {SubgroupKind::min, "indices", lanes}, {candidate}, target)[0];
  b.when(b.local_x() == 0, [&] { use(value, index); });
}

Kernel write_head(const Projection& projection, const EncodedWeight& weight,
                  const ir::Target& target) {
  const ColumnSumsShape shape(weight);
  Builder b(name_of(projection, weight), {shape.lanes(), 1, 1});
  const ProjectionInputs inputs = bind_inputs(b, projection, weight);
  const MemoryId best_values = b.write("best_values", kF32);
  const MemoryId best_indices = b.write("best_indices", kU32);
  const Best best = no_candidate(b);
  ColumnSums sums(b, projection, inputs, weight);
  sums.compute();
  sums.for_each_column([&](Expr n, const std::vector<Expr>& of_products) {
    b.when(n < static_cast<double>(weight.rows().end()),
           [&] { best.consider(finished(b, projection, inputs, weight, of_products, n, n), n); });
  });
  const double workgroups = static_cast<double>(shape.workgroups(weight.n()));
  best_of_lanes(b, shape.lanes(), best, target, [&](Expr value, Expr index) {
    const std::uint64_t first = weight.rows().first / shape.columns;  // workgroup of this part
    const Expr out = b.workgroup_y() * workgroups + b.workgroup_x() + static_cast<double>(first);
    b.store(best_values, out, value);
    b.store(best_indices, out, index);
  });
  return std::move(b).finish();
}

// Over `count` candidates per row, `stride` apart; their indices are stored, or are 0, 1, 2, ...
Kernel write_pick(std::uint64_t count, std::uint64_t stride, bool stored_indices,
                  const ir::Target& target) {
  Builder b(fmt::format("{}_{}", stored_indices ? "argmax_pick" : "argmax", count), {kLanes, 1, 1});
  const MemoryId values = b.read("candidates", kF32);
  const MemoryId indices = stored_indices ? b.read("candidate_indices", kU32) : values;
  const MemoryId ids = b.write("ids", kU32);
  const Expr row = b.workgroup_x();
  const Best best = no_candidate(b);
  b.loop(b.local_x(), b.u32(count), b.u32(kLanes), [&](Expr i) {
    const Expr at = row * static_cast<double>(stride) + i;
    best.consider(b.load(values, at), stored_indices ? b.load(indices, at) : i);
  });
  best_of_lanes(b, kLanes, best, target, [&](Expr, Expr index) { b.store(ids, row, index); });
  return std::move(b).finish();
}

}  // namespace

bool lower_argmax_head(const ir::graph::Node& node, Lowering& l) {
  const std::optional<Projection> head = match_projection(node.op);
  if (!head || head->epilogue != Epilogue::argmax) return false;
  const std::vector<ProjectionPart> parts = projection_parts(*head, l);
  if (parts.empty()) return false;
  const ColumnSumsShape shape(parts[0].weight);
  const std::uint64_t workgroups = shape.workgroups(parts[0].weight.n());
  const std::uint64_t bytes = (l.capacities().max_rows * workgroups * 4 + 15) / 16 * 16;
  const std::uint32_t values = l.scratch("head.best_values", bytes);
  const std::uint32_t indices = l.scratch("head.best_indices", bytes);
  const SizeExpr rows = l.rows_of(head->x);
  for (const ProjectionPart& part : parts) {
    std::vector<std::uint32_t> buffers = part.buffers;
    buffers.insert(buffers.end(), {values, indices});
    const auto write = [&](const ir::Target& target) {
      return write_head(*head, part.weight.on(target), target);
    };
    l.dispatch(write, buffers, {shape.workgroups(part.weight.rows().count), rows, 1});
  }
  const Place ids = l.allocate(node.result);
  const auto write = [&](const ir::Target& target) {
    return write_pick(workgroups, workgroups, true, target);
  };
  l.dispatch(write, {values, indices, ids.buffer}, {rows, 1, 1});
  return true;
}

bool lower_argmax(const ir::graph::Node& node, Lowering& l) {
  const auto* argmax = std::get_if<ir::graph::Argmax>(&node.op);
  if (!argmax || l.shape_of(argmax->x).size() != 2) return false;
  const std::uint64_t width = l.width_of(argmax->x);
  const Place x = l.place(argmax->x);
  const Place ids = l.allocate(node.result);
  const auto write = [&](const ir::Target& target) {
    return write_pick(width, row_stride(width), false, target);
  };
  l.dispatch(write, {x.buffer, ids.buffer}, {l.rows_of(argmax->x), 1, 1});
  return true;
}

}  // namespace codegen::lower
