// SPDX-License-Identifier: Apache-2.0
#include "compiler/terminal.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace compiler {

bool is_terminal(std::FILE* stream) { return ::isatty(::fileno(stream)) != 0; }

bool shows_colour(std::FILE* stream) {
  const char* no_colour = std::getenv("NO_COLOR");  // NOLINT: no thread changes the environment
  if (no_colour != nullptr && *no_colour != '\0') return false;
  const char* terminal = std::getenv("TERM");  // NOLINT
  if (terminal == nullptr || std::string_view(terminal) == "dumb") return false;
  return is_terminal(stream);
}

}  // namespace compiler
