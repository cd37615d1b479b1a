// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/uniformity.h"

#include <vector>

#include "ir/kernel/operands.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

// Starts from "every variable is uniform" and takes back what the kernel disproves until nothing
// changes. Variables only ever turn from uniform to not, so it ends.
class Analysis {
 public:
  explicit Analysis(const Kernel& kernel)
      : kernel_(kernel), values_(kernel.values.size()), variables_(kernel.variables.size(), true) {
    do {
      changed_ = false;
      divergent_barrier_ = nullptr;
      walk(kernel.body, true);
    } while (changed_);
  }

  const Instruction* divergent_barrier() const { return divergent_barrier_; }

 private:
  // `uniform`: the control flow that leads here.
  void walk(const Block& block, bool uniform) {
    for (const Instruction& instruction : block) {
      const bool operands = operands_are_uniform(instruction.op);
      match(
          instruction.op,
          [&](const Builtin& b) { define(instruction.result, b.kind <= BuiltinKind::workgroup_z); },
          [&](const Load& l) {
            define(instruction.result,
                   operands && kernel_.memories[l.memory.id].space == Space::read);
          },
          [&](const Get& g) { define(instruction.result, variables_[g.variable.id]); },
          [&](const Set& s) {
            if (variables_[s.variable.id] && !(operands && uniform)) {
              variables_[s.variable.id] = false;
              changed_ = true;
            }
          },
          [&](const Barrier&) { meet(instruction, uniform); },
          [&](const Subgroup&) {
            meet(instruction, uniform);
            define(instruction.result, false);
          },
          [&](const For& f) {
            define(f.induction, operands);
            walk(f.body, uniform && operands);
          },
          [&](const If& i) {
            walk(i.then, uniform && operands);
            walk(i.otherwise, uniform && operands);
          },
          [&](const auto&) {
            if (instruction.result) define(instruction.result, operands);
          });
    }
  }

  // Something that all invocations of a workgroup must do together.
  void meet(const Instruction& instruction, bool uniform) {
    if (!uniform && divergent_barrier_ == nullptr) divergent_barrier_ = &instruction;
  }

  bool operands_are_uniform(const Op& op) const {
    bool uniform = true;
    for_each_operand(op, [&](Value value) { uniform = uniform && values_[value.id]; });
    return uniform;
  }
  void define(Value value, bool uniform) { values_[value.id] = uniform; }

  const Kernel& kernel_;
  std::vector<bool> values_, variables_;
  bool changed_ = false;
  const Instruction* divergent_barrier_ = nullptr;
};

}  // namespace

const Instruction* find_divergent_barrier(const Kernel& kernel) {
  return Analysis(kernel).divergent_barrier();
}

}  // namespace ir::kernel
