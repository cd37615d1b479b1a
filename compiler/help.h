// SPDX-License-Identifier: Apache-2.0
// What --help says beyond the options themselves, made from the tables it speaks of: commands,
// examples, quantizations, passes, exit codes.
#pragma once

#include <string>

#include "compiler/options.h"

namespace compiler {

// The end of `webllm-compile --help` and of each subcommand's.
std::string help_footer(Command command);

// What `--passes list` prints.
std::string list_of_passes();

}  // namespace compiler
