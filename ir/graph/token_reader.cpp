// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/token_reader.h"

#include <fmt/format.h>

namespace ir::graph {

Result<void> TokenReader::advance() {
  TRY(token_, lexer_.next());
  return {};
}

Result<void> TokenReader::expect_word(std::string_view word) {
  return is_word(word) ? advance() : Result<void>(expected(fmt::format("'{}'", word)));
}

Result<void> TokenReader::expect(char symbol) {
  return is_symbol(symbol) ? advance() : Result<void>(expected(fmt::format("'{}'", symbol)));
}

Result<std::string> TokenReader::take(Token::Kind kind, std::string_view what) {
  if (!is(kind)) return expected(what);
  std::string text = std::move(token_.text);
  TRY_DO(advance());
  return text;
}

Result<std::string> TokenReader::name() {
  return take(is(Token::Kind::string) ? Token::Kind::string : Token::Kind::word, "a name");
}

Diagnostic TokenReader::expected(std::string_view what) const {
  return error(DiagnosticKind::graph_syntax,
               fmt::format("expected {}, found {}", what, describe(token_)), token_);
}

Diagnostic TokenReader::invalid(const std::string& message, const Token& at) const {
  return error(DiagnosticKind::graph_invalid, message, at);
}

Diagnostic TokenReader::error(DiagnosticKind kind, const std::string& message,
                              const Token& at) const {
  return {.kind = kind,
          .message = fmt::format("{} (column {})", message, at.column),
          .where = {.path = std::string(file_), .line = at.line}};
}

}  // namespace ir::graph
