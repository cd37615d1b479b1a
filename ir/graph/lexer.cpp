// SPDX-License-Identifier: Apache-2.0
#include "ir/graph/lexer.h"

#include <fmt/format.h>

#include <charconv>

#include "ir/graph/names.h"

namespace ir::graph {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_number_character(char c) {
  return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
}

}  // namespace

std::string describe(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end of the text";
    case Token::Kind::value:
      return "'%" + token.text + "'";
    case Token::Kind::weight:
      return "'@" + token.text + "'";
    case Token::Kind::string:
      return quoted(token.text);
    default:
      return "'" + token.text + "'";
  }
}

Diagnostic Lexer::error(std::string message) const {
  return {.kind = DiagnosticKind::graph_syntax,
          .message = fmt::format("{} (column {})", message, at_ - line_start_ + 1),
          .where = {.path = std::string(file_), .line = line_}};
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == '\n') {
      ++line_;
      line_start_ = ++at_;
    } else if (c == ' ' || c == '\t' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

std::string Lexer::take_while(bool (*belongs)(char)) {
  const std::size_t begin = at_;
  while (at_ < text_.size() && belongs(text_[at_])) ++at_;
  return std::string(text_.substr(begin, at_ - begin));
}

// The contents of a quoted text; at_ stands at its opening quote.
Result<std::string> Lexer::quoted_text() {
  std::string out;
  for (++at_; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
    if (text_[at_] == '"') {
      ++at_;
      return out;
    }
    if (text_[at_] != '\\') {
      out += text_[at_];
      continue;
    }
    const char escaped = ++at_ < text_.size() ? text_[at_] : '\0';
    unsigned char byte = 0;
    if (escaped == '"' || escaped == '\\') {
      out += escaped;
    } else if (escaped == 'n') {
      out += '\n';
    } else if (const char* digits = text_.data() + at_ + 1;
               escaped == 'x' && at_ + 2 < text_.size() &&
               std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      at_ += 2;
    } else {
      return error("a backslash must be followed by \", \\, n or xHH");
    }
  }
  return error("a quoted text does not end on its line");
}

Result<Token> Lexer::named(Token token, Token::Kind kind) {
  ++at_;
  token.kind = kind;
  if (at_ < text_.size() && text_[at_] == '"') {
    TRY(token.text, quoted_text());
  } else {
    token.text = take_while(is_name_character);
  }
  if (token.text.empty()) return error("a name is missing");
  return token;
}

Result<Token> Lexer::next() {
  skip_blanks();
  Token token{.line = line_, .column = static_cast<int>(at_ - line_start_) + 1};
  if (at_ == text_.size()) return token;
  const char c = text_[at_];
  if (c == '%') return named(std::move(token), Token::Kind::value);
  if (c == '@') return named(std::move(token), Token::Kind::weight);
  if (c == '"') {
    token.kind = Token::Kind::string;
    TRY(token.text, quoted_text());
  } else if (is_word_character(c) && !is_digit(c)) {
    token.kind = Token::Kind::word;
    token.text = take_while(is_word_character);
  } else if (is_digit(c) || c == '-' || c == '+' || c == '.') {
    token.kind = Token::Kind::number;
    token.text = take_while(is_number_character);
  } else if (std::string_view("=,:()[]{}").find(c) != std::string_view::npos) {
    token.kind = Token::Kind::symbol;
    token.text = std::string(1, c);
    ++at_;
  } else {
    return error(fmt::format("unexpected character {}", quoted({&c, 1})));
  }
  return token;
}

}  // namespace ir::graph
