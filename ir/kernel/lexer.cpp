// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/lexer.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace ir::kernel {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_word(char c) { return is_letter(c) || is_digit(c) || c == '.'; }
bool in_number(char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '+' || c == '-'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string shown(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end of the text";
    case Token::Kind::string:
      return fmt::format("the string \"{}\"", token.text.substr(0, 40));
    case Token::Kind::value:
      return fmt::format("'%{}'", token.text.substr(0, 40));
    case Token::Kind::bad:
      return token.text;
    default:
      return fmt::format("'{}'", token.text.substr(0, 40));
  }
}

}  // namespace

Lexer::Lexer(std::string_view text, std::string_view file_name)
    : text_(text), file_name_(file_name) {
  token_ = scan();
}

Token Lexer::take() {
  Token taken = std::move(token_);
  token_ = scan();
  return taken;
}

bool Lexer::at(std::string_view word_or_mark) const {
  const bool plain = token_.kind == Token::Kind::word || token_.kind == Token::Kind::mark;
  return plain && token_.text == word_or_mark;
}

bool Lexer::accept(std::string_view word_or_mark) {
  if (!at(word_or_mark)) return false;
  take();
  return true;
}

Result<void> Lexer::expect(std::string_view word_or_mark) {
  if (!accept(word_or_mark)) return expected(fmt::format("'{}'", word_or_mark));
  return {};
}

Result<std::string> Lexer::name(std::string_view what) {
  if (token_.kind != Token::Kind::word && token_.kind != Token::Kind::string) return expected(what);
  return take().text;
}

Result<std::uint64_t> Lexer::integer(std::string_view what, std::uint64_t limit) {
  std::uint64_t value = 0;
  const char* end = token_.text.data() + token_.text.size();
  const auto parsed = std::from_chars(token_.text.data(), end, value);
  if (token_.kind != Token::Kind::number || parsed.ec != std::errc() || parsed.ptr != end)
    return expected(what);
  if (value > limit)
    return error(DiagnosticKind::kernel_syntax, token_,
                 fmt::format("{} is {}, above {}", what, value, limit));
  take();
  return value;
}

Result<double> Lexer::real(std::string_view what) {
  double value = 0;
  const char* end = token_.text.data() + token_.text.size();
  const auto parsed = std::from_chars(token_.text.data(), end, value);
  if (token_.kind != Token::Kind::number || parsed.ec != std::errc() || parsed.ptr != end)
    return expected(what);
  take();
  return value;
}

Result<std::uint32_t> Lexer::declared(const Names& names, std::string_view what) {
  const Token where = peek();
  TRY(const std::string name, this->name(fmt::format("a {}", what)));
  const auto found = names.find(name);
  if (found == names.end())
    return error(DiagnosticKind::kernel_invalid, where,
                 fmt::format("there is no {} '{}'", what, name));
  return found->second;
}

Diagnostic Lexer::expected(std::string_view what) const {
  return error(DiagnosticKind::kernel_syntax, token_,
               fmt::format("expected {}, found {}", what, shown(token_)));
}

Diagnostic Lexer::error(DiagnosticKind kind, const Token& where, std::string message) const {
  return {.kind = kind,
          .message = std::move(message),
          .where = {.path = file_name_, .line = where.line, .column = where.column}};
}

void Lexer::advance() {
  if (current() == '\n') {
    ++line_;
    column_ = 1;
  } else {
    ++column_;
  }
  ++at_;
}

void Lexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = current();
    if (c == '/' && text_.substr(at_, 2) == "//") {
      while (at_ < text_.size() && current() != '\n') advance();
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      advance();
    } else {
      return;
    }
  }
}

Token Lexer::scan() {
  skip_blanks();
  Token token{.line = line_, .column = column_};
  if (at_ >= text_.size()) return token;
  const std::size_t begin = at_;
  const auto run = [&](Token::Kind kind, auto belongs) {
    while (at_ < text_.size() && belongs(current())) advance();
    token.kind = kind;
    token.text = std::string(text_.substr(begin, at_ - begin));
    return token;
  };
  const char c = current();
  if (c == '"') return scan_string(std::move(token));
  if (is_letter(c)) return run(Token::Kind::word, in_word);
  if (is_digit(c) || c == '-') return run(Token::Kind::number, in_number);
  advance();
  if (c == '%') {
    run(Token::Kind::value, in_word);
    token.text.erase(0, 1);
    return token;
  }
  const bool known = std::string_view("(){}[]<>=,:").find(c) != std::string_view::npos;
  token.kind = known ? Token::Kind::mark : Token::Kind::bad;
  token.text = known ? std::string(1, c) : "a character that has no meaning here";
  return token;
}

Token Lexer::scan_string(Token token) {
  advance();
  token.kind = Token::Kind::string;
  while (at_ < text_.size() && current() != '"' && current() != '\n') {
    char c = current();
    advance();
    if (c == '\\') {
      c = current();
      if (c == 'x') {
        const int high = at_ + 1 < text_.size() ? hex_digit(text_[at_ + 1]) : -1;
        const int low = at_ + 2 < text_.size() ? hex_digit(text_[at_ + 2]) : -1;
        if (high < 0 || low < 0) break;
        c = static_cast<char>(high * 16 + low);
        advance(), advance();
      } else if (c != '"' && c != '\\') {
        break;
      }
      advance();
    }
    token.text += c;
  }
  if (current() == '"') {
    advance();
    return token;
  }
  token.kind = Token::Kind::bad;
  token.text = "a string without its end, or with an unknown escape";
  advance();
  return token;
}

}  // namespace ir::kernel
