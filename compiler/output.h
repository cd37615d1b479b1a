// SPDX-License-Identifier: Apache-2.0
// Writing to stdout and stderr, which may be a terminal, a full disk or a pipe whose reader left.
//
//   say(stdout, "{} tensors\n", count);      // never throws; what fails is remembered
//   TRY_DO(finish_output());                 // and reported here, once
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <utility>

#include "ir/support/result.h"

namespace compiler {

bool is_terminal(std::FILE* stream);

// A terminal that understands colours, whose user has not said NO_COLOR (https://no-color.org).
bool shows_colour(std::FILE* stream);

void write_text(std::FILE* stream, std::string_view text);

template <class... Arguments>
void say(std::FILE* stream, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_text(stream, fmt::format(format, std::forward<Arguments>(arguments)...));
}

// Everything written to stdout has arrived. Errors: file_unwritable.
ir::Result<void> finish_output();

}  // namespace compiler
