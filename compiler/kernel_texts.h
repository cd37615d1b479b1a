// SPDX-License-Identifier: Apache-2.0
// The WGSL of a program's kernels, in their order.
#pragma once

#include <string>
#include <vector>

#include "ir/kernel/program.h"

namespace compiler {

std::vector<std::string> kernel_texts(const ir::kernel::Program& program);

}  // namespace compiler
