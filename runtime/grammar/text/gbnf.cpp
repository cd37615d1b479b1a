// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/gbnf.h"

#include <string_view>
#include <utility>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/text/rules.h"
#include "runtime/grammar/text/scanner.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::text {
namespace {

using regex::CodePoints;
using Kind = Part::Kind;

constexpr unsigned kMaxDepth = 60;  // of parentheses

constexpr bool is_name(char c) {
  return is_lower(c) || is_upper(c) || is_digit(c) || c == '-' || c == '_';
}

// Functions return whether it went well; the scanner keeps the refusal.
class Gbnf {
 public:
  Gbnf(regex::Expressions& expressions, std::string_view text)
      : e_(expressions), in_(expressions.arena(), text), rules_(text) {}

  Result<Rules> read(std::string_view root);

 private:
  void skip(bool with_lines);
  bool rule();
  bool alternatives(std::uint32_t& part, unsigned depth);
  bool sequence(std::uint32_t& part, unsigned depth);
  bool element(std::uint32_t& part, unsigned depth);
  bool repeats(std::uint32_t& part, unsigned depth);
  bool literal(std::uint32_t& part);
  bool char_class(std::uint32_t& part);
  bool character(std::uint32_t& point);
  std::uint32_t add_set(const CodePoints& set) {
    return rules_.add({.kind = Kind::text, .text = spelled(e_, set, regex::Text::utf8)});
  }

  regex::Expressions& e_;
  Scanner in_;
  Rules rules_;
};

void Gbnf::skip(bool with_lines) {
  while (true) {
    in_.take_while(
        [&](char c) { return c == ' ' || c == '\t' || (with_lines && (c == '\n' || c == '\r')); });
    if (in_.next() != '#') return;
    in_.take_while([](char c) { return c != '\n' && c != '\r'; });
  }
}

bool Gbnf::rule() {
  const std::size_t start = in_.at();
  const std::string_view name = in_.take_while(is_name);
  if (name.empty()) return in_.refuse("the name of a rule was expected");
  skip(false);
  if (!in_.take("::=")) return in_.refuse("\"::=\" was expected");
  skip(true);
  const std::uint32_t index = rules_.rule(name, start);
  if (rules_.rules[index].body) return in_.refuse_at(start, {"\"", name, "\" is defined twice"});
  std::uint32_t body = 0;
  if (!alternatives(body, 0)) return false;
  rules_.rules[index].body = body;
  if (in_.at_end() || in_.next() == '\n' || in_.next() == '\r') return true;
  return in_.refuse("the end of the rule was expected");
}

bool Gbnf::alternatives(std::uint32_t& part, unsigned depth) {
  Part either = {.kind = Kind::either};
  do {
    skip(either.parts.empty() ? depth > 0 : true);
    if (!sequence(either.parts.emplace_back(), depth)) return false;
  } while (in_.take("|"));
  part = either.parts.size() == 1 ? either.parts[0] : rules_.add(std::move(either));
  return true;
}

bool Gbnf::sequence(std::uint32_t& part, unsigned depth) {
  Part sequence;
  while (true) {
    const char c = in_.next();
    if (c != '"' && c != '[' && c != '(' && c != '.' && !is_name(c)) break;
    std::uint32_t item = 0;
    if (!element(item, depth)) return false;
    skip(depth > 0);
    if (!repeats(item, depth)) return false;
    sequence.parts.push_back(item);
  }
  part = sequence.parts.size() == 1 ? sequence.parts[0] : rules_.add(std::move(sequence));
  return true;
}

bool Gbnf::element(std::uint32_t& part, unsigned depth) {
  const std::size_t start = in_.at();
  if (in_.take("\"")) return literal(part);
  if (in_.take("[")) return char_class(part);
  if (in_.take(".")) {
    part = add_set(CodePoints::all());
    return true;
  }
  if (in_.take("(")) {
    if (depth == kMaxDepth) return in_.refuse_at(start, "parentheses are nested too deeply");
    if (!alternatives(part, depth + 1)) return false;
    return in_.take(")") || in_.refuse("\")\" was expected");
  }
  const std::string_view name = in_.take_while(is_name);
  part = rules_.add({.kind = Kind::call, .rule = rules_.rule(name, start)});
  return true;
}

bool Gbnf::repeats(std::uint32_t& part, unsigned depth) {
  for (unsigned count = 0; count < kMaxDepth; ++count) {
    std::uint32_t min = 0, max = 0;
    if (!in_.repeat(min, max)) return !in_.refusal();
    part = rules_.add({.kind = Kind::repeat, .min = min, .max = max, .parts = {part}});
    skip(depth > 0);
  }
  return in_.refuse("repeats are nested too deeply");
}

bool Gbnf::literal(std::uint32_t& part) {
  const std::size_t start = in_.at() - 1;
  ByteString text;
  while (!in_.take("\"")) {
    if (in_.at_end() || in_.next() == '\n') return in_.refuse_at(start, "a literal is not closed");
    std::uint32_t point = 0;
    if (!character(point)) return false;
    char bytes[4];
    text += std::string_view(bytes, host::write_utf8(point, bytes));
  }
  part = rules_.add({.kind = Kind::text, .text = e_.literal(text)});
  return true;
}

bool Gbnf::char_class(std::uint32_t& part) {
  const std::size_t start = in_.at() - 1;
  const bool is_negated = in_.take("^");
  CodePoints set;
  while (!in_.take("]")) {
    if (in_.at_end() || in_.next() == '\n')
      return in_.refuse_at(start, "a class of characters is not closed");
    std::uint32_t first = 0;
    if (!character(first)) return false;
    std::uint32_t last = first;
    if (in_.is_next("-") && !in_.is_next("-]")) {
      in_.take("-");
      if (!character(last)) return false;
      if (last < first) return in_.refuse("a range of characters is out of order");
    }
    set.insert(first, last);
  }
  part = add_set(is_negated ? ~set : set);
  return true;
}

bool Gbnf::character(std::uint32_t& point) {
  const std::size_t start = in_.at();
  if (!in_.character(point) || point != '\\') return !in_.refusal();
  if (!in_.character(point)) return false;
  switch (point) {
    case 'x':
      return in_.hexadecimal(2, point);
    case 'u':
      return in_.hexadecimal(4, point);
    case 'U':
      return in_.hexadecimal(8, point);
    case 'n':
      point = '\n';
      return true;
    case 'r':
      point = '\r';
      return true;
    case 't':
      point = '\t';
      return true;
    case '\\':
    case '"':
    case '[':
    case ']':
    case '-':
    case '^':
      return true;
    default:
      return in_.refuse_at(start, "there is no such escape");
  }
}

Result<Rules> Gbnf::read(std::string_view root) {
  for (skip(true); !in_.at_end(); skip(true))
    if (!rule()) return in_.refusal();
  rules_.start = rules_.rule(root, 0);
  return std::move(rules_);
}

}  // namespace

Result<State> add_gbnf(Grammar& grammar, std::string_view text, std::string_view root) {
  return add_rules(grammar, Gbnf(grammar.expressions(), text).read(root));
}

}  // namespace runtime::grammar::text
