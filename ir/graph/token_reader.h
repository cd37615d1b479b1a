// SPDX-License-Identifier: Apache-2.0
// TokenReader: what a parser of graph text is written with: the token at hand, and the questions
// and demands that can be made of it.
//
//   TRY_DO(read.expect('['));
//   TRY(std::vector<std::int64_t> extents, read.items<std::int64_t>([&] { return read.integer();
//   }));
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph/lexer.h"

namespace ir::graph {

class TokenReader {
 public:
  TokenReader(std::string_view text, std::string_view file) : lexer_(text, file), file_(file) {}

  // The token at hand; the first one after the first advance().
  const Token& token() const { return token_; }
  bool is(Token::Kind kind) const { return token_.kind == kind; }
  bool is_word(std::string_view word) const { return is(Token::Kind::word) && token_.text == word; }
  bool is_symbol(char symbol) const { return is(Token::Kind::symbol) && token_.text[0] == symbol; }

  Result<void> advance();
  // Passes over a word or a symbol that has to be there.
  Result<void> expect_word(std::string_view word);
  Result<void> expect(char symbol);
  // Passes over a token of a kind and gives its text; `what` names it in the diagnostic.
  Result<std::string> take(Token::Kind kind, std::string_view what);
  // A word, or a quoted text.
  Result<std::string> name();

  template <class Number>
  Result<Number> number(std::string_view what) {
    Number value{};
    if (!is(Token::Kind::number)) return expected(what);
    const char* begin = token_.text.data() + (token_.text.starts_with('+') ? 1 : 0);
    const char* end = token_.text.data() + token_.text.size();
    const auto [stop, fault] = std::from_chars(begin, end, value);
    if (stop != end || fault != std::errc()) return expected(what);
    TRY_DO(advance());
    return value;
  }
  Result<std::int64_t> integer() { return number<std::int64_t>("an integer"); }
  Result<double> real() { return number<double>("a number"); }

  // Calls item() for each item between an opening and a closing symbol, separated by commas.
  template <class Item>
  Result<void> list(char open, char close, const Item& item) {
    TRY_DO(expect(open));
    for (bool first = true; !is_symbol(close); first = false) {
      if (!first) TRY_DO(expect(','));
      TRY_DO(item());
    }
    return expect(close);
  }
  // The items of a list in brackets.
  template <class T, class Item>
  Result<std::vector<T>> items(const Item& item) {
    std::vector<T> all;
    TRY_DO(list('[', ']', [&]() -> Result<void> {
      TRY(T one, item());
      all.push_back(std::move(one));
      return {};
    }));
    return all;
  }

  // graph_syntax: something else stands where `what` should.
  Diagnostic expected(std::string_view what) const;
  // graph_invalid, at a token.
  Diagnostic invalid(const std::string& message, const Token& at) const;

 private:
  Diagnostic error(DiagnosticKind kind, const std::string& message, const Token& at) const;

  Lexer lexer_;
  std::string_view file_;
  Token token_;
};

}  // namespace ir::graph
