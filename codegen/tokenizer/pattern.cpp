// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/pattern.h"

#include <fmt/format.h>

#include <utility>

namespace codegen::tokenizer {
namespace {

using Kind = Pattern::Kind;

constexpr std::uint32_t kMostCopies = 64;  // of a counted repeat
constexpr int kMostDepth = 32;             // of nested groups

std::u32string code_points_of(std::string_view text) {
  std::u32string points;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    char32_t point = more == 0 ? lead : lead & (0x3fU >> more);
    for (int k = 0; k < more && i < text.size(); ++k)
      point = point << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fU);
    points.push_back(point);
  }
  return points;
}

Pattern one_of(CodePointSet set) { return {.kind = Kind::one_of, .set = std::move(set)}; }

// Recursive descent. After a fault `why_` is set and everything returns at once.
class Parser {
 public:
  Parser(std::u32string text, std::string& why) : text_(std::move(text)), why_(why) {}

  std::optional<Pattern> parse() {
    Pattern pattern = alternatives();
    if (why_.empty() && at_ < text_.size()) fail("an unmatched parenthesis");
    if (!why_.empty()) return std::nullopt;
    return pattern;
  }

 private:
  bool more() const { return why_.empty() && at_ < text_.size(); }
  char32_t peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : U'\0';
  }
  bool take(std::u32string_view expected) {
    if (!std::u32string_view(text_).substr(at_).starts_with(expected)) return false;
    at_ += expected.size();
    return true;
  }
  void fail(std::string reason) {
    if (why_.empty()) why_ = std::move(reason);
  }
  CodePointSet cased(const CodePointSet& set) const {
    return ignore_case_ ? set.with_both_cases() : set;
  }

  Pattern alternatives() {
    Pattern any{.kind = Kind::any};
    do any.children.push_back(sequence());
    while (take(U"|"));
    return any.children.size() == 1 ? std::move(any.children[0]) : any;
  }

  Pattern sequence() {
    Pattern sequence{.kind = Kind::sequence};
    while (more() && peek() != U'|' && peek() != U')') sequence.children.push_back(repeated());
    return sequence;
  }

  Pattern repeated() {
    Pattern pattern = atom();
    while (more()) {
      Pattern repeat{.kind = Kind::repeat, .least = 0, .most = Pattern::kNoLimit};
      if (take(U"?"))
        repeat.most = 1;
      else if (take(U"+"))
        repeat.least = 1;
      else if (!take(U"*") && !counts(repeat))
        break;
      if (peek() == U'?' || peek() == U'+') fail("a lazy or possessive repeat");
      repeat.children.push_back(std::move(pattern));
      pattern = std::move(repeat);
    }
    return pattern;
  }

  // {3}, {1,} or {1,3}
  bool counts(Pattern& repeat) {
    if (peek() != U'{') return false;
    ++at_;
    const std::uint32_t least = number();
    std::uint32_t most = least;
    if (take(U",")) most = peek() == U'}' ? Pattern::kNoLimit : number();
    if (!take(U"}") || (most != Pattern::kNoLimit && most > kMostCopies) || least > kMostCopies ||
        least > most)
      fail("an unusual repeat count");
    repeat.least = least;
    repeat.most = most;
    return true;
  }

  std::uint32_t number() {
    std::uint32_t value = 0;
    if (peek() < U'0' || peek() > U'9') fail("an unusual repeat count");
    while (peek() >= U'0' && peek() <= U'9' && value < 100000)
      value = value * 10 + static_cast<std::uint32_t>(text_[at_++] - U'0');
    return value;
  }

  Pattern atom() {
    if (peek() == U'(') return group();
    if (peek() == U'[') return one_of(character_class());
    if (peek() == U'\\') return one_of(cased(escape()));
    const char32_t c = text_[at_];
    if (std::u32string_view(U"^$.*+?{").find(c) != std::u32string_view::npos)
      fail(fmt::format("the operator {}", static_cast<char>(c)));
    ++at_;
    return one_of(cased(CodePointSet::range(c, c)));
  }

  Pattern group() {
    if (++depth_ > kMostDepth) fail("deeply nested groups");
    const bool outer_case = ignore_case_;
    Pattern inside;
    if (take(U"(?!") || take(U"(?=")) {
      const bool negative = text_[at_ - 1] == U'!';
      inside = look(alternatives(), negative);
    } else {
      if (take(U"(?i:"))
        ignore_case_ = true;
      else if (!take(U"(?:") && (peek(1) == U'?' || !take(U"(")))
        fail("a special group");
      if (why_.empty()) inside = alternatives();
    }
    if (!take(U")")) fail("an unmatched parenthesis");
    ignore_case_ = outer_case;
    --depth_;
    return inside;
  }

  Pattern look(Pattern ahead, bool negative) {
    while (ahead.children.size() == 1 && (ahead.kind == Kind::sequence || ahead.kind == Kind::any))
      ahead = Pattern(ahead.children[0]);
    if (ahead.kind != Kind::one_of) fail("a look ahead of more than one character");
    return {
        .kind = Kind::look, .set = negative ? ahead.set.negated() : ahead.set, .or_end = negative};
  }

  CodePointSet character_class() {
    ++at_;
    const bool negative = take(U"^");
    CodePointSet set;
    while (more() && peek() != U']') {
      if (peek() == U'[' || take(U"&&")) fail("a class inside a class");
      set = set.united(peek() == U'\\' ? escape() : literal_range());
    }
    if (!take(U"]")) fail("an unmatched bracket");
    set = cased(set);
    return negative ? set.negated() : set;
  }

  CodePointSet literal_range() {
    const char32_t first = text_[at_++];
    char32_t last = first;
    if (peek() == U'-' && peek(1) != U']' && peek(1) != U'\\' && peek(1) != U'\0') {
      last = peek(1);
      at_ += 2;
    }
    if (last < first) fail("a class range that runs backwards");
    return CodePointSet::range(first, last);
  }

  CodePointSet escape() {
    ++at_;
    if (!more()) {
      fail("a lone backslash");
      return {};
    }
    const char32_t c = text_[at_++];
    switch (c) {
      case U'r':
        return CodePointSet::range(U'\r', U'\r');
      case U'n':
        return CodePointSet::range(U'\n', U'\n');
      case U't':
        return CodePointSet::range(U'\t', U'\t');
      case U's':
        return CodePointSet::white_space();
      case U'S':
        return CodePointSet::white_space().negated();
      case U'd':
        return *CodePointSet::property("Nd");
      case U'p':
        return property();
      case U'P':
        return property().negated();
      default:
        break;
    }
    const bool letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
                        (c >= U'0' && c <= U'9') || c > 0x7f;
    if (letter) fail(fmt::format("the escape \\{}", static_cast<char>(c)));
    return CodePointSet::range(c, c);
  }

  // {L} or {Lu}
  CodePointSet property() {
    std::string name;
    if (take(U"{"))
      while (more() && peek() != U'}') name.push_back(static_cast<char>(text_[at_++]));
    const std::optional<CodePointSet> set = CodePointSet::property(name);
    if (!take(U"}") || !set) fail(fmt::format("the property \\p{{{}}}", name));
    return set.value_or(CodePointSet());
  }

  std::u32string text_;
  std::string& why_;
  std::size_t at_ = 0;
  bool ignore_case_ = false;
  int depth_ = 0;
};

}  // namespace

std::optional<Pattern> parse_pattern(std::string_view text, std::string& why) {
  why.clear();
  return Parser(code_points_of(text), why).parse();
}

Pattern literal_pattern(std::string_view text) {
  Pattern sequence{.kind = Kind::sequence};
  for (const char32_t c : code_points_of(text))
    sequence.children.push_back(one_of(CodePointSet::range(c, c)));
  return sequence;
}

}  // namespace codegen::tokenizer
