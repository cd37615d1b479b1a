// SPDX-License-Identifier: Apache-2.0
// Lexer: tokens of kernel text, with their places.
//
//   store y, %4, -1.5e-05   // comment      ->   store  y  ,  %4  ,  -1.5e-05
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "ir/support/result.h"

namespace ir::kernel {

struct Token {
  enum class Kind : std::uint8_t { end, word, string, number, value, mark, bad };

  Kind kind = Kind::end;
  std::string text;  // strings without quotes and escapes; values without '%'; bad: what is wrong
  int line = 1, column = 1;
};

// Words are made of letters, digits, '_' and '.'; marks are single characters of ( ) { } [ ] < > =
// , :
class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file_name);

  const Token& peek() const { return token_; }
  Token take();
  bool at(std::string_view word_or_mark) const;
  bool accept(std::string_view word_or_mark);

  // Each takes one token, or several, or fails with kernel_syntax at the token.
  Result<void> expect(std::string_view word_or_mark);
  Result<std::string> name(std::string_view what);  // a word or a string
  Result<std::uint64_t> integer(std::string_view what, std::uint64_t limit);
  Result<double> real(std::string_view what);

  // What was declared under the names of a kind of thing ("buffer"). A name that is not among them
  // fails with kernel_invalid.
  using Names = std::map<std::string, std::uint32_t, std::less<>>;
  Result<std::uint32_t> declared(const Names& names, std::string_view what);

  Diagnostic expected(std::string_view what) const;
  Diagnostic error(DiagnosticKind kind, const Token& where, std::string message) const;

 private:
  Token scan();
  void skip_blanks();
  char current() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void advance();
  Token scan_string(Token token);

  std::string_view text_;
  std::string file_name_;
  std::size_t at_ = 0;
  int line_ = 1, column_ = 1;
  Token token_;
};

}  // namespace ir::kernel
