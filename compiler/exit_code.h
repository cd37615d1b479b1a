// SPDX-License-Identifier: Apache-2.0
// How the program tells a script what happened; --help prints this table.
#pragma once

#include <array>
#include <string_view>

#include "ir/support/diagnostic_kind.h"

namespace compiler {

enum class ExitCode : int {
  ok = 0,
  bad_input = 1,
  bad_usage = 2,
  internal = 3,
  interrupted = 130,  // 128 + SIGINT, as shells report it
  reader_left = 141,  // 128 + SIGPIPE
};

struct ExitCodeInfo {
  ExitCode code;
  std::string_view meaning;
};

inline constexpr std::array kExitCodes = {
    ExitCodeInfo{ExitCode::ok, "done"},
    ExitCodeInfo{ExitCode::bad_input, "the input is at fault, or a file cannot be read or written"},
    ExitCodeInfo{ExitCode::bad_usage, "the command line does not make sense"},
    ExitCodeInfo{ExitCode::internal, "a bug of webllm-compile"},
    ExitCodeInfo{ExitCode::interrupted, "stopped by Ctrl-C; nothing half-written is left"},
    ExitCodeInfo{ExitCode::reader_left, "the reader of the output left before its end"},
};

constexpr ExitCode exit_code_of(ir::DiagnosticKind kind) {
  switch (kind) {
    case ir::DiagnosticKind::bad_usage:
      return ExitCode::bad_usage;
    case ir::DiagnosticKind::kernel_fault:
      return ExitCode::internal;
    case ir::DiagnosticKind::interrupted:
      return ExitCode::interrupted;
    default:
      return ExitCode::bad_input;
  }
}

}  // namespace compiler
