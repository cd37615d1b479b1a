// SPDX-License-Identifier: Apache-2.0
// One invocation of webllm-compile: reads the command line, carries out the command, prints what
// went wrong.
#pragma once

#include <span>

namespace compiler {

// `arguments` begins with the program's name. Returns the exit code (exit_code.h).
int run(std::span<const char* const> arguments);

}  // namespace compiler
