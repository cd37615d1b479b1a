// SPDX-License-Identifier: Apache-2.0
#include "passes/kernel/prune_values.h"

#include <algorithm>
#include <vector>

#include "ir/kernel/operands.h"

namespace passes {
namespace {

using namespace ir::kernel;  // NOLINT

constexpr std::uint32_t kNone = 0xffffffff;

// Walks backwards, so that an instruction is seen after all its users.
void mark(const Block& block, std::vector<bool>& live) {
  for (auto it = block.rbegin(); it != block.rend(); ++it) {
    const bool computes = it->result.id != kNone;
    if (computes && !live[it->result.id]) continue;
    if (const auto* loop = std::get_if<For>(&it->op)) {
      mark(loop->body, live);
    } else if (const auto* branch = std::get_if<If>(&it->op)) {
      mark(branch->then, live);
      mark(branch->otherwise, live);
    }
    for_each_operand(it->op, [&](Value value) { live[value.id] = true; });
  }
}

// Drops dead instructions and gives the others' values consecutive numbers.
void compact(Block& block, const std::vector<bool>& live, std::vector<Value>& renumbered,
             std::uint32_t& next) {
  std::erase_if(block, [&](const Instruction& instruction) {
    return instruction.result.id != kNone && !live[instruction.result.id];
  });
  for (Instruction& instruction : block) {
    map_operands(instruction.op, [&](Value value) { return renumbered[value.id]; });
    if (auto* loop = std::get_if<For>(&instruction.op)) {
      renumbered[loop->induction.id] = {next};
      loop->induction = {next++};
      compact(loop->body, live, renumbered, next);
    } else if (auto* branch = std::get_if<If>(&instruction.op)) {
      compact(branch->then, live, renumbered, next);
      compact(branch->otherwise, live, renumbered, next);
    }
    if (instruction.result.id != kNone) {
      renumbered[instruction.result.id] = {next};
      instruction.result = {next++};
    }
  }
}

void prune(Kernel& kernel) {
  std::vector<bool> live(kernel.values.size(), false);
  mark(kernel.body, live);
  std::vector<Value> renumbered(kernel.values.size());
  std::uint32_t next = 0;
  compact(kernel.body, live, renumbered, next);
  std::vector<Type> types(next);
  for (std::size_t old = 0; old < renumbered.size(); ++old)
    if (renumbered[old].id != kNone) types[renumbered[old].id] = kernel.values[old];
  kernel.values = std::move(types);
}

}  // namespace

void prune_values(Program& program) {
  for (Kernel& kernel : program.kernels) prune(kernel);
  for (Variant& variant : program.variants) prune(variant.kernel);
}

}  // namespace passes
