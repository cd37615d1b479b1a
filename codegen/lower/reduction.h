// SPDX-License-Identifier: Apache-2.0
// Sums, minima and maxima over the invocations of a workgroup.
//
//   without subgroups   every lane stores its number -> barrier -> every lane folds all of them;
//                       of 256, 16 lanes fold 16 each first -> barrier -> every lane folds those
//   with subgroups      each subgroup folds its own, and one lane of it stores what comes out (the
//                       others store what changes nothing) -> barrier -> each subgroup shares out
//                       the numbers among its lanes and folds them once more
//
// Either way every lane gets the same result. Folding 64 numbers in every lane costs less than the
// six barriers of a tree, folding 256 costs more than one barrier. Which lanes share a subgroup,
// and how many they are, is never assumed: only that the lanes of a subgroup are numbered from 0.
#pragma once

#include <string>
#include <vector>

#include "ir/kernel/builder.h"
#include "ir/target.h"

namespace codegen::lower {

struct Reduction {
  ir::kernel::SubgroupKind kind = ir::kernel::SubgroupKind::add;
  std::string name;         // of the workgroup memory: one word per number and lane
  std::uint32_t lanes = 0;  // the workgroup's, along x
};

// In uniform control flow. The numbers are f32 or u32, all of one type.
std::vector<ir::kernel::Expr> over_workgroup(ir::kernel::Builder& b, const Reduction& reduction,
                                             const std::vector<ir::kernel::Expr>& numbers,
                                             const ir::Target& target);

}  // namespace codegen::lower
