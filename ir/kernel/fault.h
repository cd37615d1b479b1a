// SPDX-License-Identifier: Apache-2.0
// Fault: what the kernel interpreter caught a kernel doing. A value, never an abort.
//
//   error: two invocations touch 's'[3] and no barrier orders them, one storing  [race]
//     --> kernel rms_norm_64: "%12 = load s, %3"
//   note: in workgroup (2, 0, 0), lane 5
//   note: computing model.layers.0.input_layernorm
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ir::kernel {

enum class FaultKind : std::uint8_t {
  out_of_bounds,      // an index beyond a memory's last element, or a copy beyond a buffer's end
  unwritten_read,     // memory that nobody has written
  unset_variable,     // a variable that this invocation has not set
  race,               // two invocations on one element, unordered, at least one storing
  divergent_barrier,  // a barrier or subgroup op that only a part of a workgroup reaches
  endless_loop,       // step 0, or RunOptions::fuel spent
  division_by_zero,
  wide_shift,    // by 32 or more
  no_such_lane,  // of a vector
  grid_limit,    // more than 65,535 workgroups in one dimension
};

struct Fault {
  FaultKind kind = FaultKind::out_of_bounds;
  std::string kernel;       // empty: a copy
  std::string provenance;   // of the step
  std::string instruction;  // as IR text
  std::array<std::uint32_t, 3> workgroup{};
  std::uint32_t lane = 0;    // local_invocation_index
  std::string memory;        // or variable; empty when none is concerned
  std::uint64_t index = 0;   // the element of `memory`
  std::uint64_t extent = 0;  // the elements `memory` has
};

std::string_view name_of(FaultKind kind);

// The text shown above, ending in a newline.
std::string to_string(const Fault& fault);

}  // namespace ir::kernel
