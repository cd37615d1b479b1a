// SPDX-License-Identifier: Apache-2.0
#include "compiler/diagnostics_printer.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "compiler/output.h"

namespace compiler {
namespace {

struct Paint {
  std::string_view word;
  std::string_view colour;  // of the terminal (ECMA-48, select graphic rendition)
};
constexpr std::array kPaints = {
    Paint{"error:", "\x1b[1;31m"}, Paint{"warning:", "\x1b[1;33m"}, Paint{"note:", "\x1b[1;36m"},
    Paint{"help:", "\x1b[1;32m"},  Paint{"  -->", "\x1b[34m"},
};
constexpr std::string_view kPlain = "\x1b[0m";

void append_painted(std::string& out, std::string_view line) {
  for (const Paint& paint : kPaints) {
    if (!line.starts_with(paint.word)) continue;
    out += fmt::format("{}{}{}", paint.colour, paint.word, kPlain);
    line.remove_prefix(paint.word.size());
    break;
  }
  out += line;
}

}  // namespace

std::string painted(const ir::Diagnostic& diagnostic) {
  const std::string text = to_string(diagnostic);
  std::string out;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t line = rest.find('\n') + 1;  // every line of a diagnostic ends
    append_painted(out, rest.substr(0, line));
    rest.remove_prefix(line);
  }
  return out;
}

void print_diagnostic(std::FILE* stream, const ir::Diagnostic& diagnostic) {
  write_text(stream, shows_colour(stream) ? painted(diagnostic) : to_string(diagnostic));
}

}  // namespace compiler
