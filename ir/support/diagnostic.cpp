// SPDX-License-Identifier: Apache-2.0
#include "ir/support/diagnostic.h"

#include <fmt/format.h>

namespace ir {
namespace {

constexpr bool kinds_are_in_order() {
  for (std::size_t i = 0; i < kDiagnosticKinds.size(); ++i)
    if (static_cast<std::size_t>(kDiagnosticKinds[i].kind) != i) return false;
  return true;
}
static_assert(kinds_are_in_order(), "kDiagnosticKinds must follow the enumeration's order");

}  // namespace

std::string to_string(const Location& location) {
  std::string text = location.path;
  if (location.line > 0) text += fmt::format(":{}", location.line);
  if (location.column > 0) text += fmt::format(":{}", location.column);
  if (!location.item.empty())
    text += text.empty() ? fmt::format("\"{}\"", location.item)
                         : fmt::format(": \"{}\"", location.item);
  return text;
}

std::string to_string(const Diagnostic& diagnostic) {
  std::string text =
      fmt::format("{}: {}  [{}]\n", diagnostic.severity == Severity::error ? "error" : "warning",
                  diagnostic.message, name_of(diagnostic.kind));
  if (!diagnostic.where.empty()) text += fmt::format("  --> {}\n", to_string(diagnostic.where));
  for (const Note& note : diagnostic.notes) {
    text += fmt::format("note: {}\n", note.message);
    if (!note.where.empty()) text += fmt::format("  --> {}\n", to_string(note.where));
  }
  if (!diagnostic.help.empty()) text += fmt::format("help: {}\n", diagnostic.help);
  return text;
}

}  // namespace ir
