// SPDX-License-Identifier: Apache-2.0
// Parses one kernel from tokens; parse.cpp uses it for `kernel name workgroup(...) { ... }`.
#pragma once

#include "ir/kernel/kernel.h"
#include "ir/kernel/lexer.h"

namespace ir::kernel {

// At the word `kernel`. Values may have any names in the text; they are numbered anew.
Result<Kernel> parse_kernel(Lexer& lexer);

// From the word `kernel` to the first instruction: name, workgroup, memories and variables.
Result<Kernel> parse_kernel_head(Lexer& lexer);

// `u32`, `vec4<f32>`.
Result<Type> parse_type(Lexer& lexer);

}  // namespace ir::kernel
