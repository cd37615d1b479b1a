// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/required_target.h"

#include <algorithm>

#include "ir/support/match.h"

namespace ir::kernel {
namespace {

bool uses_subgroups(const Block& block) {
  return std::any_of(block.begin(), block.end(), [](const Instruction& instruction) {
    return match(
        instruction.op, [](const Builtin& b) { return b.kind >= BuiltinKind::subgroup_lane; },
        [](const Subgroup&) { return true; }, [](const For& f) { return uses_subgroups(f.body); },
        [](const If& i) { return uses_subgroups(i.then) || uses_subgroups(i.otherwise); },
        [](const auto&) { return false; });
  });
}

}  // namespace

Target required_target(const Kernel& kernel) {
  const auto half = [](Type type) { return type.scalar == Scalar::f16; };
  const bool f16 = std::any_of(kernel.values.begin(), kernel.values.end(), half) ||
                   std::any_of(kernel.memories.begin(), kernel.memories.end(),
                               [&](const Memory& memory) { return half(memory.element); }) ||
                   std::any_of(kernel.variables.begin(), kernel.variables.end(),
                               [&](const Variable& variable) { return half(variable.type); });
  return {.f16 = f16, .subgroups = uses_subgroups(kernel.body)};
}

}  // namespace ir::kernel
