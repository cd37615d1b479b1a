// SPDX-License-Identifier: Apache-2.0
// Prints diagnostics, in colour where the stream shows it. The text is that of ir::to_string.
#pragma once

#include <cstdio>
#include <string>

#include "ir/support/diagnostic.h"

namespace compiler {

void print_diagnostic(std::FILE* stream, const ir::Diagnostic& diagnostic);

// The text of a diagnostic with its leading words painted: `error:`, `note:`, `help:`, `-->`.
std::string painted(const ir::Diagnostic& diagnostic);

}  // namespace compiler
