// SPDX-License-Identifier: Apache-2.0
// The tokens of graph text.
//
//   %0 = rms_norm %x, @w, epsilon=1e-05 : f32[rows, 64] at "model.norm"   // a comment
//
// gives: value `0`, `=`, word `rms_norm`, value `x`, `,`, weight `w`, `,`, word `epsilon`, `=`,
// number `1e-05`, `:`, word `f32`, `[`, ..., string `model.norm`.
#pragma once

#include <string>
#include <string_view>

#include "ir/support/result.h"

namespace ir::graph {

struct Token {
  enum class Kind { end, word, number, string, value, weight, symbol };
  Kind kind = Kind::end;
  std::string text;  // without the leading % or @; strings and quoted names unescaped
  int line = 1, column = 1;
};

// A token as messages show it.
std::string describe(const Token& token);

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file_name) : text_(text), file_(file_name) {}

  // The next token; the end token again and again at the end. Errors: graph_syntax.
  Result<Token> next();

 private:
  void skip_blanks();
  Result<std::string> quoted_text();
  Result<Token> named(Token token, Token::Kind kind);
  std::string take_while(bool (*belongs)(char));
  Diagnostic error(std::string message) const;

  std::string_view text_;
  std::string_view file_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace ir::graph
