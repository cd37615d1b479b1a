// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/fault.h"

#include <fmt/format.h>

namespace ir::kernel {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 10> kNames = {
    "out-of-bounds", "unwritten-read",   "unset-variable", "race",         "divergent-barrier",
    "endless-loop",  "division-by-zero", "wide-shift",     "no-such-lane", "grid-limit"};

std::string message(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::out_of_bounds:
      return fmt::format("'{}'[{}] is touched, and it has {} elements", fault.memory, fault.index,
                         fault.extent);
    case FaultKind::unwritten_read:
      return fmt::format("'{}'[{}] is read, and nobody has written it", fault.memory, fault.index);
    case FaultKind::unset_variable:
      return fmt::format("variable '{}' is read, and it has not been set", fault.memory);
    case FaultKind::race:
      return fmt::format("two invocations touch '{}'[{}] and no barrier orders them, one storing",
                         fault.memory, fault.index);
    case FaultKind::divergent_barrier:
      return "only a part of the workgroup reaches this";
    case FaultKind::endless_loop:
      return "this loop does not end";
    case FaultKind::division_by_zero:
      return "division by zero";
    case FaultKind::wide_shift:
      return fmt::format("shift by {}", fault.index);
    case FaultKind::no_such_lane:
      return fmt::format("lane {} of a vector of {}", fault.index, fault.extent);
    case FaultKind::grid_limit:
      return fmt::format("a grid of {} workgroups in one dimension; {} are possible", fault.index,
                         fault.extent);
  }
  return {};
}

}  // namespace

std::string_view name_of(FaultKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::string to_string(const Fault& fault) {
  std::string text = fmt::format("error: {}  [{}]\n", message(fault), name_of(fault.kind));
  if (!fault.kernel.empty()) {
    text += fmt::format("  --> kernel {}", fault.kernel);
    if (!fault.instruction.empty()) text += fmt::format(": \"{}\"", fault.instruction);
    text += fmt::format("\nnote: in workgroup ({}, {}, {}), lane {}\n", fault.workgroup[0],
                        fault.workgroup[1], fault.workgroup[2], fault.lane);
  }
  if (!fault.provenance.empty()) text += fmt::format("note: computing {}\n", fault.provenance);
  return text;
}

}  // namespace ir::kernel
