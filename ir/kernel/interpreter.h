// SPDX-License-Identifier: Apache-2.0
// The kernel interpreter: runs a program without a GPU, and finds what a GPU would hide.
//
//   Executor executor(program);                      // kernels are compiled once
//   Buffers buffers(program, {{"page_capacity", 1}});
//   ... fill weights, step slot, page table, tokens ...
//   if (auto fault = executor.run("forward", {{"rows", 3}, {"pages", 1}}, buffers))
//     fmt::print("{}", to_string(*fault));
//
// Each kernel becomes flat bytecode over registers that are columns: one number per invocation of a
// workgroup. An instruction is carried out for all invocations before the next one (the order in
// which a GPU would be allowed to do it), under a mask of the invocations that take part.
// Workgroups run one after another, in an order that depends on the seed.
//
// f32 arithmetic is `float` without contraction, f16 rounds after every operation, dot products sum
// from left to right, exp, log and tanh are those of the C library.
//
// The sanitizer reports what FaultKind lists. A workgroupBarrier orders workgroup memory only:
// invocations that talk through storage within one dispatch race, barrier or not.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "ir/kernel/buffers.h"
#include "ir/kernel/fault.h"
#include "ir/kernel/program.h"

namespace ir::kernel {

struct RunOptions {
  std::uint64_t seed = 0;  // order of workgroups; 0: ascending
  // Off: neither races nor unwritten reads are looked for. Bounds are always checked.
  bool sanitize = true;
  // Invocations of a subgroup. Which ones share one depends on the seed: WGSL leaves it open.
  std::uint32_t subgroup_size = 32;
  std::uint64_t fuel = std::uint64_t{1} << 26;  // loop iterations per workgroup
  // Called after each step that was executed.
  std::function<void(const Step&)> after_step;
};

class Executor {
 public:
  // The program must be verified, outlive the executor and not change.
  // Of kernels with variants it runs the one that a GPU with `target` would.
  explicit Executor(const Program& program, Target target = {});
  ~Executor();
  Executor(Executor&&) noexcept;

  // Runs the steps of a function whose plan variables are bound by `symbols`. Stops at the first
  // fault. The function must exist; `buffers` must have one buffer for each of the program's.
  std::optional<Fault> run(std::string_view function, const Symbols& symbols, Buffers& buffers,
                           const RunOptions& options = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Runs one kernel over `grid` workgroups. `bindings` names a buffer for each storage memory.
std::optional<Fault> run_kernel(const Kernel& kernel, std::span<const std::uint32_t> bindings,
                                std::array<std::uint32_t, 3> grid, Buffers& buffers,
                                const RunOptions& options = {});

}  // namespace ir::kernel
