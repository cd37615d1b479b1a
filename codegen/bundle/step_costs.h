// SPDX-License-Identifier: Apache-2.0
// What each step of a schedule stands for, so that a profile can name it and say how fast it could
// be: the module of the model it computes, and the bytes and arithmetic that no kernel for it can
// do without.
//
//   func forward: dispatch norm_linear_q4(x, norm, qkv, y)        {at: "model.layers.0.qkv_proj",
//                     at "model.layers.0.qkv_proj"           ->    bytes: {4864, 0, 0},
//                                                                  flops: {2 * 128 * 64, 0}}
//
// Counted are weights, cache and results, each read or written once; activations are not, which
// weigh little as long as a step has few rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/kernel/program.h"

namespace codegen::bundle {

// A row is one of the function's own: of the step in `forward`, an output elsewhere.
struct StepCost {
  std::string at;                        // provenance
  std::uint64_t bytes = 0;               // once
  std::uint64_t bytes_per_row = 0;       // looked up, appended to the cache, given out
  std::uint64_t bytes_per_position = 0;  // of each sequence that is looked back on
  std::uint64_t flops_per_row = 0;       // 2 n k of each matrix
  std::uint64_t flops_per_position = 0;  // that one row looks back on
};

// One list per function of the program, one entry per step. A graph without functions: only
// provenance and bytes of the cache are known.
std::vector<std::vector<StepCost>> step_costs(const ir::graph::Graph& graph,
                                              const ir::kernel::Program& program);

}  // namespace codegen::bundle
