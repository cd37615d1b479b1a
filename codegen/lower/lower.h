// SPDX-License-Identifier: Apache-2.0
// Lowering: a graph becomes a program. Each node is offered to an ordered list of kernel forms; the
// first that claims it writes its kernels. The last form, generic, claims everything: it expands
// composites into primitives and computes each with one invocation per element. So removing a form
// may cost speed, never a result.
//
//   lower(graph, {.capacities = {.context = 4096}}) -> Program with functions forward, head, ...
//
// Functions and buffers of a language model are named in ir/graph/graph.h; `hidden` and `logits`
// flow from one function to the next, ids land in the buffer `tokens`.
#pragma once

#include <string_view>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/kernel/program.h"
#include "ir/target.h"

namespace codegen::lower {

struct LowerOptions {
  ir::kernel::Capacities capacities;
  // The most that variants of kernels may use. Every kernel runs on every device; its variants
  // (codegen/targets/targets.h) run where they can.
  ir::Target variants = {.f16 = true, .subgroups = true};
  // A matrix that is larger lies in several buffers, cut between 64 rows; WebGPU's default limit.
  std::uint64_t max_weight_bytes = std::uint64_t{128} << 20;
  std::vector<std::string_view> without_forms;  // for tests: names of forms that must not be used
};

// Capacities for a context: as many rows to a step, up to 128, as let the largest buffer that grows
// with the cache stay within WebGPU's default binding size of 128 MiB at the full context.
ir::kernel::Capacities capacities_for(const ir::graph::Graph& graph, std::uint32_t context);

// The graph must satisfy ir::graph::verify(graph, Stage::fused). Buffers are not yet shared
// (passes/kernel/plan_memory.h).
ir::kernel::Program lower(const ir::graph::Graph& graph, const LowerOptions& options);

// The names of all forms, in the order in which they are tried.
std::vector<std::string_view> form_names();

}  // namespace codegen::lower
