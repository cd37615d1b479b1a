// SPDX-License-Identifier: Apache-2.0
// Pieces of IR text: what printer, verifier and interpreter quote.
//
//   quoted_name("x0")  ->  x0          quoted_name("a b")  ->  "a b"
#pragma once

#include <string>
#include <string_view>

#include "ir/kernel/program.h"

namespace ir::kernel {

// A name as it stands in IR text: bare when it is made of letters, digits, '_' and '.'.
std::string quoted_name(std::string_view name);
// In quotes, with \" \\ and \x1f escaped.
std::string quoted(std::string_view text);

// One instruction or step on one line, without nested blocks. Works on broken kernels too: an
// unknown operand prints as `%?`.
std::string print(const Kernel& kernel, const Instruction& instruction);
std::string print(const Program& program, const Step& step);

}  // namespace ir::kernel
