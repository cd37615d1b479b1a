// SPDX-License-Identifier: Apache-2.0
#include "codegen/lower/reduction.h"

#include "ir/support/check.h"

namespace codegen::lower {

using namespace ir::kernel;  // NOLINT

namespace {

constexpr double kLowest = -3.4028234663852886e38;  // the lowest finite f32

// What changes no result.
Expr neutral(Builder& b, SubgroupKind kind, Type type) {
  const bool is_u32 = type == kU32;
  CHECK(is_u32 || type == kF32, "a reduction of {}", to_string(type));
  switch (kind) {
    case SubgroupKind::add:
      break;
    case SubgroupKind::min:
      return b.constant(type, is_u32 ? 0xffffffff : -kLowest);
    case SubgroupKind::max:
      return b.constant(type, is_u32 ? 0 : kLowest);
  }
  return b.constant(type, 0);
}

Expr folded(Builder& b, SubgroupKind kind, Expr x, Expr y) {
  switch (kind) {
    case SubgroupKind::add:
      break;
    case SubgroupKind::min:
      return b.binary(BinaryKind::min, x, y);
    case SubgroupKind::max:
      return b.binary(BinaryKind::max, x, y);
  }
  return x + y;
}

}  // namespace

std::vector<Expr> over_workgroup(Builder& b, const Reduction& reduction,
                                 const std::vector<Expr>& numbers, const ir::Target& target) {
  const auto [kind, name, lanes] = reduction;
  const auto count = static_cast<std::uint32_t>(numbers.size());
  const Type type = numbers.at(0).type();
  const MemoryId stored = b.shared(name, type, count * lanes);
  const Expr none = neutral(b, kind, type);
  for (std::uint32_t i = 0; i < count; ++i) {
    Expr mine = numbers[i];
    if (target.subgroups) mine = b.select(b.subgroup_lane() == 0, b.subgroup(kind, mine), none);
    b.store(stored, b.local_x() + static_cast<double>(i * lanes), mine);
  }
  b.barrier();
  std::vector<VariableId> totals;
  for (std::uint32_t i = 0; i < count; ++i) totals.push_back(b.variable(name, none));
  const Expr first = target.subgroups ? b.subgroup_lane() : b.u32(0);
  const Expr step = target.subgroups ? b.subgroup_size() : b.u32(1);
  b.loop(first, b.u32(lanes), step, [&](Expr lane) {
    for (std::uint32_t i = 0; i < count; ++i)
      b.set(totals[i], folded(b, kind, b.get(totals[i]),
                              b.load(stored, lane + static_cast<double>(i * lanes))));
  });
  std::vector<Expr> results;
  for (const VariableId total : totals)
    results.push_back(target.subgroups ? b.subgroup(kind, b.get(total)) : b.get(total));
  return results;
}

}  // namespace codegen::lower
