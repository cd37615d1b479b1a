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

constexpr std::uint32_t kFew = 16;  // numbers that are left after the first fold, if there is one
constexpr std::uint32_t kDirectly = 64;  // as many are folded at once

// Numbers of a workgroup that are being folded, in memory: [which][lane].
class Folding {
 public:
  Folding(Builder& b, SubgroupKind kind, Type type, std::size_t count)
      : b_(b), kind_(kind), none_(neutral(b, kind, type)), count_(count) {}

  // What changes no result.
  Expr none() const { return none_; }

  void store(MemoryId memory, std::uint32_t lanes, const std::vector<Expr>& numbers) const {
    for (std::size_t i = 0; i < count_; ++i)
      b_.store(memory, b_.local_x() + static_cast<double>(i * lanes), numbers[i]);
  }

  // Those at first, first + step, ... below `lanes`.
  std::vector<Expr> fold(const std::string& name, MemoryId memory, std::uint32_t lanes, Expr first,
                         Expr step) const {
    std::vector<VariableId> totals;
    for (std::size_t i = 0; i < count_; ++i) totals.push_back(b_.variable(name, none_));
    b_.loop(first, b_.u32(lanes), step, [&](Expr lane) {
      for (std::size_t i = 0; i < count_; ++i)
        b_.set(totals[i], folded(b_, kind_, b_.get(totals[i]),
                                 b_.load(memory, lane + static_cast<double>(i * lanes))));
    });
    std::vector<Expr> results;
    for (const VariableId total : totals) results.push_back(b_.get(total));
    return results;
  }

 private:
  Builder& b_;
  SubgroupKind kind_;
  Expr none_;
  std::size_t count_;
};

std::vector<Expr> with_subgroups(Builder& b, const Reduction& reduction, const Folding& folding,
                                 MemoryId stored, std::vector<Expr> numbers) {
  const auto& [kind, name, lanes] = reduction;
  for (Expr& mine : numbers)
    mine = b.select(b.subgroup_lane() == 0, b.subgroup(kind, mine), folding.none());
  folding.store(stored, lanes, numbers);
  b.barrier();
  std::vector<Expr> results =
      folding.fold(name, stored, lanes, b.subgroup_lane(), b.subgroup_size());
  for (Expr& result : results) result = b.subgroup(kind, result);
  return results;
}

}  // namespace

std::vector<Expr> over_workgroup(Builder& b, const Reduction& reduction,
                                 const std::vector<Expr>& numbers, const ir::Target& target) {
  const auto& [kind, name, lanes] = reduction;
  const auto count = static_cast<std::uint32_t>(numbers.size());
  const Type type = numbers.at(0).type();
  const MemoryId stored = b.shared(name, type, count * lanes);
  const Folding folding(b, kind, type, count);
  if (target.subgroups) return with_subgroups(b, reduction, folding, stored, numbers);
  folding.store(stored, lanes, numbers);
  b.barrier();
  if (lanes <= kDirectly) return folding.fold(name, stored, lanes, b.u32(0), b.u32(1));
  const MemoryId few = b.shared(name + "_few", type, count * kFew);
  b.when(b.local_x() < kFew, [&] {
    folding.store(few, kFew, folding.fold(name, stored, lanes, b.local_x(), b.u32(kFew)));
  });
  b.barrier();
  return folding.fold(name, few, kFew, b.u32(0), b.u32(1));
}

}  // namespace codegen::lower
