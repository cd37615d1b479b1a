// SPDX-License-Identifier: Apache-2.0
#include "compiler/output.h"

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

void write_text(std::FILE* stream, std::string_view text) {
  [[maybe_unused]] const std::size_t written = std::fwrite(text.data(), 1, text.size(), stream);
}

ir::Result<void> finish_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return {};
  return ir::Diagnostic{.kind = ir::DiagnosticKind::file_unwritable,
                        .message = "the output cannot be written",
                        .where = {.path = "standard output"},
                        .help = "make room where it goes"};
}

}  // namespace compiler
