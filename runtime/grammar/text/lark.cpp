// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/text/lark.h"

#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/text/lark_terminals.h"
#include "runtime/grammar/text/rules.h"
#include "runtime/grammar/text/scanner.h"

namespace runtime::grammar::text {
namespace {

using Kind = Part::Kind;

constexpr unsigned kMaxDepth = 60;  // of parentheses

constexpr bool is_name(char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '_'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Terminals are written in upper case.
bool names_terminal(std::string_view name) {
  const std::size_t letter = name.find_first_not_of('_');
  return letter != std::string_view::npos && is_upper(name[letter]);
}

// Functions return whether it went well; the scanner keeps the refusal.
class Lark {
 public:
  Lark(regex::Expressions& expressions, std::string_view text)
      : e_(expressions), in_(expressions.arena(), text), rules_(text) {}

  Result<Rules> read(std::string_view start);

 private:
  // Blanks and comments; a line's end, too, where it does not end a statement.
  void skip() {
    in_.take_while(is_blank);
    if (depth_ > 0) skip_lines();
  }
  void skip_lines();
  bool next_line_goes_on();
  void skip_to_body();

  bool statement();
  bool directive();
  bool import();
  bool import_common(std::string_view name, std::size_t at, std::string_view as);
  bool definition();
  bool define(std::string_view name, std::size_t at, std::uint32_t body);

  bool alternatives(std::uint32_t& part);
  bool conjunction(std::uint32_t& part);
  bool sequence(std::uint32_t& part);
  bool begins_item() const;
  bool item(std::uint32_t& part);
  bool atom(std::uint32_t& part);
  bool repeats(std::uint32_t& part);
  bool tilde_counts(std::uint32_t& min, std::uint32_t& max);
  bool nested(std::string_view close, std::uint32_t& part);

  regex::Expressions& e_;
  Scanner in_;
  Rules rules_;
  List<std::uint32_t> ignored_;
  unsigned depth_ = 0;
  bool in_terminal_ = false;
};

void Lark::skip_lines() {
  while (true) {
    in_.take_while([](char c) { return is_blank(c) || c == '\n' || c == '\r'; });
    if (!in_.is_next("//") && in_.next() != '#') return;
    in_.take_while([](char c) { return c != '\n'; });
  }
}

// A line that begins with "|" belongs to the statement above it.
bool Lark::next_line_goes_on() {
  const std::size_t start = in_.at();
  skip_lines();
  if (in_.next() == '|') return true;
  in_.go_to(start);
  return false;
}

// The body may begin in the next line if that is indented.
void Lark::skip_to_body() {
  in_.take_while(is_blank);
  if (in_.next() != '\n' && in_.next() != '\r') return;
  const std::size_t start = in_.at();
  skip_lines();
  const bool is_indented = is_blank(in_.since(start).back());
  if (!is_indented && in_.next() != '|') in_.go_to(start);
}

bool Lark::statement() {
  if (in_.next() == '%') return directive();
  return definition();
}

bool Lark::directive() {
  const std::size_t start = in_.at();
  in_.take("%");
  const std::string_view name = in_.take_while(is_name);
  skip();
  if (name == "import") return import();
  if (name != "ignore") return in_.refuse_at(start, {"\"%", name, "\" is not supported"});
  in_terminal_ = true;
  return alternatives(ignored_.emplace_back());
}

// common.NAME, common.NAME -> OTHER, common (NAME, NAME)
bool Lark::import() {
  const std::size_t start = in_.at();
  if (!in_.take("common")) return in_.refuse("only \"common\" can be imported from");
  if (in_.take(".")) {
    const std::string_view name = in_.take_while(is_name);
    skip();
    std::string_view as = name;
    if (in_.take("->")) {
      skip();
      as = in_.take_while(is_name);
    }
    return import_common(name, start, as);
  }
  skip();
  if (!in_.take("(")) return in_.refuse("\"(\" was expected");
  do {
    skip();
    const std::size_t at = in_.at();
    const std::string_view name = in_.take_while(is_name);
    if (!import_common(name, at, name)) return false;
    skip();
  } while (in_.take(","));
  return in_.take(")") || in_.refuse("\")\" was expected");
}

bool Lark::import_common(std::string_view name, std::size_t at, std::string_view as) {
  const auto pattern = common_terminal(name);
  if (!pattern || !names_terminal(as))
    return in_.refuse_at(at, {"\"", name, "\" cannot be imported"});
  const auto parsed = regex::parse_pattern(e_, *pattern, {});
  if (!parsed) return in_.refuse_at(at, parsed.refusal().message);
  return define(as, at, rules_.add({.kind = Kind::text, .text = *parsed}));
}

bool Lark::define(std::string_view name, std::size_t at, std::uint32_t body) {
  Rule& rule = rules_.rules[rules_.rule(name, at)];
  if (rule.body) return in_.refuse_at(at, {"\"", name, "\" is defined twice"});
  rule.body = body;
  rule.is_terminal = names_terminal(name);
  return true;
}

// ?name.2: alternatives
bool Lark::definition() {
  in_.take_while([](char c) { return c == '?' || c == '!'; });
  const std::size_t start = in_.at();
  const std::string_view name = in_.take_while(is_name);
  if (name.empty()) return in_.refuse("a rule or terminal was expected");
  if (in_.take(".")) {
    in_.take("-");
    if (!in_.number()) return in_.refuse("a priority was expected");
  }
  skip();
  if (in_.next() == '{') return in_.refuse("templates are not supported");
  if (in_.next() == '[') return in_.refuse("attributes of rules are not supported");
  if (!in_.take(":")) return in_.refuse("\":\" was expected");
  rules_.rule(name, start);
  in_terminal_ = names_terminal(name);
  skip_to_body();
  std::uint32_t body = 0;
  return alternatives(body) && define(name, start, body);
}

bool Lark::alternatives(std::uint32_t& part) {
  Part either = {.kind = Kind::either};
  do {
    skip();
    if (!conjunction(either.parts.emplace_back())) return false;
    if (in_.take("->")) {
      in_.take_while(is_blank);
      if (in_.take_while(is_name).empty()) return in_.refuse("a name was expected");
      skip();
    }
  } while (in_.take("|") || (depth_ == 0 && next_line_goes_on() && in_.take("|")));
  part = either.parts.size() == 1 ? either.parts[0] : rules_.add(std::move(either));
  return true;
}

bool Lark::conjunction(std::uint32_t& part) {
  Part both = {.kind = Kind::both};
  do {
    skip();
    if (!sequence(both.parts.emplace_back())) return false;
    if (in_.next() == '&' && !in_terminal_)
      return in_.refuse("\"&\" is supported in terminals only");
  } while (in_.take("&"));
  part = both.parts.size() == 1 ? both.parts[0] : rules_.add(std::move(both));
  return true;
}

bool Lark::begins_item() const {
  const char c = in_.next();
  const bool is_comment = in_.is_next("//");
  return is_name(c) || c == '"' || (c == '/' && !is_comment) || c == '(' || c == '[' || c == '~';
}

bool Lark::sequence(std::uint32_t& part) {
  Part sequence;
  while (begins_item()) {
    if (!item(sequence.parts.emplace_back())) return false;
    skip();
  }
  part = sequence.parts.size() == 1 ? sequence.parts[0] : rules_.add(std::move(sequence));
  return true;
}

bool Lark::item(std::uint32_t& part) {
  const bool is_complement = in_.next() == '~';
  if (is_complement && !in_terminal_) return in_.refuse("\"~\" is supported in terminals only");
  if (in_.take("~")) skip();
  if (!atom(part) || !repeats(part)) return false;
  if (is_complement) part = rules_.add({.kind = Kind::complement, .parts = {part}});
  return true;
}

bool Lark::nested(std::string_view close, std::uint32_t& part) {
  if (++depth_ > kMaxDepth) return in_.refuse("parentheses are nested too deeply");
  if (!alternatives(part)) return false;
  --depth_;
  return in_.take(close) || in_.refuse_at(in_.at(), {"\"", close, "\" was expected"});
}

bool Lark::atom(std::uint32_t& part) {
  const std::size_t start = in_.at();
  if (in_.take("(")) return nested(")", part);
  if (in_.take("[")) {
    if (!nested("]", part)) return false;
    part = rules_.add({.kind = Kind::repeat, .min = 0, .max = 1, .parts = {part}});
    return true;
  }
  if (in_.next() == '"' || in_.next() == '/') {
    regex::Regex text = regex::kNothing;
    const bool is_read =
        in_.next() == '"' ? lark_string(in_, e_, text) : lark_pattern(in_, e_, text);
    if (is_read) part = rules_.add({.kind = Kind::text, .text = text});
    return is_read;
  }
  const std::string_view name = in_.take_while(is_name);
  if (name.empty()) return in_.refuse("a rule, a terminal or a string was expected");
  if (in_terminal_ && !names_terminal(name))
    return in_.refuse_at(start, {"a terminal cannot call the rule \"", name, "\""});
  part = rules_.add({.kind = Kind::call, .rule = rules_.rule(name, start)});
  return true;
}

bool Lark::repeats(std::uint32_t& part) {
  for (unsigned count = 0; count < kMaxDepth; ++count) {
    std::uint32_t min = 0, max = 0;
    in_.take_while(is_blank);
    if (!in_.repeat(min, max) && !tilde_counts(min, max)) return !in_.refusal();
    part = rules_.add({.kind = Kind::repeat, .min = min, .max = max, .parts = {part}});
  }
  return in_.refuse("repeats are nested too deeply");
}

// ~ n or ~ n..m; without a number it is the complement of what follows.
bool Lark::tilde_counts(std::uint32_t& min, std::uint32_t& max) {
  const std::size_t start = in_.at();
  if (!in_.take("~")) return false;
  in_.take_while(is_blank);
  const auto first = in_.number();
  if (!first) {
    in_.go_to(start);
    return false;
  }
  min = max = *first;
  if (in_.take("..")) {
    const auto last = in_.number();
    if (!last) return in_.refuse("a number was expected");
    max = *last;
  }
  return min <= max || in_.refuse_at(start, "the numbers of a repeat are out of order");
}

Result<Rules> Lark::read(std::string_view start) {
  for (skip_lines(); !in_.at_end(); skip_lines()) {
    if (!statement()) return in_.refusal();
    skip();
    const bool is_comment = in_.is_next("//") || in_.next() == '#';
    if (!in_.at_end() && !is_comment && in_.next() != '\n' && in_.next() != '\r') {
      in_.refuse("the end of the line was expected");
      return in_.refusal();
    }
  }
  rules_.start = rules_.rule(start, 0);
  if (!ignored_.empty()) rules_.ignored = rules_.add({.kind = Kind::either, .parts = ignored_});
  return std::move(rules_);
}

}  // namespace

Result<State> add_lark(Grammar& grammar, std::string_view text, std::string_view start) {
  return add_rules(grammar, Lark(grammar.expressions(), text).read(start));
}

}  // namespace runtime::grammar::text
