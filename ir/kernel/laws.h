// SPDX-License-Identifier: Apache-2.0
// The laws of kernels and programs, numbered; verify.cpp and verify_kernel.cpp check them.
//
//   error: variable 'total' is read before it is set on every path  [kernel-invalid]
//     --> kernel rms_norm_64: "%3 = get total"
//   note: law 6: a variable is set on every path before it is read
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "ir/kernel/program.h"

namespace ir::kernel {

enum class Law : std::uint8_t {
  // Of kernels, at every stage.
  names = 1,
  memories,
  workgroup,
  scoping,
  typing,
  variables,
  // Of kernels, from `legal` on.
  kernel_limits,
  uniform_barriers,
  // Of programs, at every stage.
  unique_names,
  references,
  sizes,
  writable_buffers,
  variants,
  // Of programs, from `legal` on.
  buffer_usage,
  program_limits,
  // Of programs, `planned`.
  scratch_is_written,
};

inline constexpr std::array<std::string_view, 17> kLaws = {
    "",
    "a kernel has a name, and its memories and variables have different ones",
    "storage memories come before workgroup memories, no memory holds bool, none is empty",
    "a workgroup has at least one invocation",
    "every value is defined once and used only after that, in its block or in nested ones",
    "every op obeys its typing rule, and its result has the type that follows",
    "a variable is set on every path before it is read",
    "a kernel has at most 8 storage buffers, 16384 bytes of workgroup memory and 256 invocations, "
    "256 by 256 by 64 at most",
    "barriers and subgroup ops stand in uniform control flow",
    "kernels (variants too), buffers and functions have different names",
    "dispatches, copies, results and buffers refer to what exists, one buffer per storage memory",
    "sizes name only the function's parameters (of buffers: page_capacity), and ceil_div divides "
    "by a constant",
    "kernels and copies do not write weights, steps and page tables",
    "a variant has its kernel's storage memories, as to number and order of read and write, and "
    "needs "
    "more of a GPU than its kernel does",
    "a dispatch binds no buffer both as read and as write, nor twice as write; a copy has two "
    "buffers",
    "a grid has at most 65535 workgroups in a dimension; a buffer has at most 128 MiB, in units of "
    "16 bytes",
    "a step reads a scratch buffer only if an earlier step of its function writes it, or another "
    "function returns it",
};

// The diagnostic of a broken law: `what` happened, and where ("kernel scale", "func forward").
Diagnostic broken(Law law, Location where, std::string what);

}  // namespace ir::kernel
