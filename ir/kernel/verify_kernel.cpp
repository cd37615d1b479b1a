// SPDX-License-Identifier: Apache-2.0
// The laws of kernels: 1 to 8 of laws.h.
#include <fmt/format.h>

#include <set>

#include "ir/kernel/laws.h"
#include "ir/kernel/operands.h"
#include "ir/kernel/text.h"
#include "ir/kernel/type_rules.h"
#include "ir/kernel/uniformity.h"
#include "ir/support/match.h"

namespace ir::kernel {
namespace {

constexpr std::uint32_t kMaxStorageBuffers = 8;
constexpr std::uint64_t kMaxWorkgroupBytes = 16384;
constexpr std::uint64_t kMaxInvocations = 256;
constexpr std::array<std::uint32_t, 3> kMaxWorkgroupSize = {256, 256, 64};

class KernelVerifier {
 public:
  explicit KernelVerifier(const Kernel& kernel)
      : kernel_(kernel),
        defined_(kernel.values.size()),
        visible_(kernel.values.size()),
        set_(kernel.variables.size()) {}

  Result<void> verify(Stage stage) {
    TRY_DO(check_names());
    TRY_DO(check_memories());
    for (const std::uint32_t size : kernel_.workgroup_size)
      if (size == 0) return breaks(Law::workgroup, "a workgroup size is 0");
    TRY_DO(check_block(kernel_.body));
    if (stage == Stage::lowered) return {};
    TRY_DO(check_limits());
    if (const Instruction* barrier = find_divergent_barrier(kernel_))
      return breaks(Law::uniform_barriers, "whether this is reached depends on the invocation",
                    barrier);
    return {};
  }

 private:
  Diagnostic breaks(Law law, std::string what, const Instruction* at = nullptr) const {
    return broken(law,
                  {.path = fmt::format("kernel {}", quoted_name(kernel_.name)),
                   .item = at != nullptr ? print(kernel_, *at) : ""},
                  std::move(what));
  }

  Result<void> check_names() const {
    if (kernel_.name.empty()) return breaks(Law::names, "the kernel has no name");
    std::set<std::string_view> memories, variables;
    for (const Memory& memory : kernel_.memories)
      if (!memories.insert(memory.name).second)
        return breaks(Law::names, fmt::format("two memories are named '{}'", memory.name));
    for (const Variable& variable : kernel_.variables)
      if (!variables.insert(variable.name).second)
        return breaks(Law::names, fmt::format("two variables are named '{}'", variable.name));
    return {};
  }

  Result<void> check_memories() const {
    bool workgroup = false;
    for (const Memory& memory : kernel_.memories) {
      if (workgroup && memory.space != Space::workgroup)
        return breaks(Law::memories,
                      fmt::format("storage '{}' follows workgroup memory", memory.name));
      workgroup = memory.space == Space::workgroup;
      if (memory.element.scalar == Scalar::boolean)
        return breaks(Law::memories, fmt::format("'{}' holds bool", memory.name));
      if (workgroup && memory.count == 0)
        return breaks(Law::memories, fmt::format("'{}' has no elements", memory.name));
    }
    return {};
  }

  // Instructions in order; what a block defines is not visible after it.
  Result<void> check_block(const Block& block) {
    std::vector<Value> here;
    for (const Instruction& instruction : block) TRY_DO(check(instruction, here));
    for (const Value value : here) visible_[value.id] = false;
    return {};
  }

  Result<void> check(const Instruction& instruction, std::vector<Value>& here) {
    TRY_DO(check_references(instruction));
    Result<std::optional<Type>> type = infer(kernel_, instruction.op);
    if (!type) return breaks(Law::typing, type.error().message, &instruction);
    if (type->has_value() != static_cast<bool>(instruction.result))
      return breaks(Law::typing, "a result is missing, or there is one too many", &instruction);
    if (instruction.result) {
      TRY_DO(define(instruction.result, **type, instruction));
      here.push_back(instruction.result);
    }
    return match(
        instruction.op,
        [&](const Get& g) -> Result<void> {
          if (set_[g.variable.id]) return {};
          return breaks(Law::variables,
                        fmt::format("variable '{}' is read before it is set on every path",
                                    kernel_.variables[g.variable.id].name),
                        &instruction);
        },
        [&](const Set& s) -> Result<void> {
          set_[s.variable.id] = true;
          return {};
        },
        [&](const For& f) { return check_loop(f, instruction); },
        [&](const If& i) { return check_branches(i); }, [](const auto&) { return Result<void>(); });
  }

  // A loop may run zero times: what its body sets counts inside only.
  Result<void> check_loop(const For& loop, const Instruction& instruction) {
    const std::vector<bool> before = set_;
    TRY_DO(define(loop.induction, kU32, instruction));
    TRY_DO(check_block(loop.body));
    visible_[loop.induction.id] = false;
    set_ = before;
    return {};
  }

  Result<void> check_branches(const If& branch) {
    const std::vector<bool> before = set_;
    TRY_DO(check_block(branch.then));
    const std::vector<bool> after_then = std::exchange(set_, before);
    TRY_DO(check_block(branch.otherwise));
    for (std::size_t i = 0; i < set_.size(); ++i) set_[i] = set_[i] && after_then[i];
    return {};
  }

  Result<void> define(Value value, Type type, const Instruction& instruction) {
    if (value.id >= kernel_.values.size() || defined_[value.id])
      return breaks(Law::scoping,
                    fmt::format("value number {} is unknown or defined twice", value.id),
                    &instruction);
    defined_[value.id] = visible_[value.id] = true;
    if (kernel_.values[value.id] == type) return {};
    return breaks(Law::typing,
                  fmt::format("the result is noted as {}, and it is {}",
                              to_string(kernel_.values[value.id]), to_string(type)),
                  &instruction);
  }

  Result<void> check_references(const Instruction& instruction) const {
    bool known = true;
    for_each_operand(instruction.op, [&](Value value) {
      known = known && value.id < visible_.size() && visible_[value.id];
    });
    if (!known) return breaks(Law::scoping, "an operand is not visible here", &instruction);
    const auto memory = [&](MemoryId id) { return id.id < kernel_.memories.size(); };
    const auto variable = [&](VariableId id) { return id.id < kernel_.variables.size(); };
    known = match(
        instruction.op, [&](const Load& l) { return memory(l.memory); },
        [&](const Store& s) { return memory(s.memory); },
        [&](const Get& g) { return variable(g.variable); },
        [&](const Set& s) { return variable(s.variable); }, [](const auto&) { return true; });
    if (!known) return breaks(Law::scoping, "there is no such memory or variable", &instruction);
    return {};
  }

  Result<void> check_limits() const {
    if (kernel_.storage_count() > kMaxStorageBuffers)
      return breaks(Law::kernel_limits, fmt::format("{} storage buffers", kernel_.storage_count()));
    std::uint64_t bytes = 0, invocations = 1;
    for (const Memory& memory : kernel_.memories)
      if (memory.space == Space::workgroup)
        bytes += std::uint64_t{memory.count} * bytes_of(memory.element);
    if (bytes > kMaxWorkgroupBytes)
      return breaks(Law::kernel_limits, fmt::format("{} bytes of workgroup memory", bytes));
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const std::uint32_t size = kernel_.workgroup_size[axis];
      if (size > kMaxWorkgroupSize[axis])
        return breaks(Law::kernel_limits,
                      fmt::format("{} invocations in dimension {}", size, axis));
      invocations *= size;
    }
    if (invocations > kMaxInvocations)
      return breaks(Law::kernel_limits, fmt::format("{} invocations", invocations));
    return {};
  }

  const Kernel& kernel_;
  std::vector<bool> defined_, visible_;  // by value
  std::vector<bool> set_;                // by variable: on every path that leads here
};

}  // namespace

Result<void> verify(const Kernel& kernel, Stage stage) {
  return KernelVerifier(kernel).verify(stage);
}

}  // namespace ir::kernel
