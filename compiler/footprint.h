// SPDX-License-Identifier: Apache-2.0
// What a program costs a device: GPU memory by length of the text, dispatches by token.
#pragma once

#include <vector>

#include "compiler/report.h"
#include "ir/kernel/program.h"

namespace compiler {

// What a bundle of the program predicts.
std::vector<ContextBytes> gpu_memory(const ir::kernel::Program& program);

// The dispatches of each function in a step that computes one row and one output.
std::vector<FunctionRow> dispatches_of_one_row(const ir::kernel::Program& program);

// Those of one greedy decode step: forward and greedy.
std::uint64_t dispatches_per_token(const ir::kernel::Program& program);

}  // namespace compiler
