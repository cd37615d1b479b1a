// SPDX-License-Identifier: Apache-2.0
// The WGSL of kernels.
//
//   webllm-compile rms_norm.kernel      prints the WGSL of one kernel, or of a whole program
#pragma once

#include <string>
#include <vector>

#include "compiler/options.h"
#include "ir/kernel/program.h"
#include "ir/support/result.h"

namespace compiler {

// Of each kernel of a program, then of each variant, in their order.
std::vector<std::string> kernel_texts(const ir::kernel::Program& program);

// Reads options.input, a kernel or a program as text, and prints its WGSL. Errors: those of reading
// a file, kernel_syntax, kernel_invalid.
ir::Result<void> print_wgsl(const Options& options);

}  // namespace compiler
