// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/pattern.h"

#include <fmt/format.h>

#include <algorithm>
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

// What may come first where something follows.
struct First {
  CodePointSet set;
  bool nothing = true;  // nothing at all need follow
};

First followed_by(First first, const First& next) {
  if (!first.nothing) return first;
  return {first.set.united(next.set), next.nothing};
}

First first_of(const Pattern& pattern) {
  switch (pattern.kind) {
    case Kind::one_of:
    case Kind::look:
      return {pattern.set, false};
    case Kind::sequence: {
      First first;
      for (const Pattern& child : pattern.children) first = followed_by(first, first_of(child));
      return first;
    }
    case Kind::any: {
      First first{.nothing = false};
      for (const Pattern& child : pattern.children) {
        const First one = first_of(child);
        first = {first.set.united(one.set), first.nothing || one.nothing};
      }
      return first;
    }
    case Kind::repeat:
      break;
  }
  First first = first_of(pattern.children[0]);
  first.nothing = first.nothing || pattern.least == 0;
  return first;
}

// Whether every possessive repeat matches what a greedy one would: what it could give back is not
// what must come after it. `next` follows the pattern.
bool possessive_is_greedy(const Pattern& pattern, First next = {}) {
  switch (pattern.kind) {
    case Kind::one_of:
    case Kind::look:
      return true;
    case Kind::sequence:
      for (auto child = pattern.children.rbegin(); child != pattern.children.rend(); ++child) {
        if (!possessive_is_greedy(*child, next)) return false;
        next = followed_by(first_of(*child), next);
      }
      return true;
    case Kind::any:
      return std::all_of(pattern.children.begin(), pattern.children.end(),
                         [&](const Pattern& child) { return possessive_is_greedy(child, next); });
    case Kind::repeat:
      break;
  }
  const Pattern& body = pattern.children[0];
  if (pattern.possessive && !next.nothing &&
      (body.kind != Kind::one_of || !body.set.intersected(next.set).ranges().empty()))
    return false;
  First again = first_of(body);
  again.set = again.set.united(next.set);
  again.nothing = next.nothing;
  return possessive_is_greedy(body, again);
}

// Recursive descent. After a fault `why_` is set and everything returns at once.
class Parser {
 public:
  Parser(std::u32string text, std::string& why) : text_(std::move(text)), why_(why) {}

  std::optional<Pattern> parse() {
    Pattern pattern = alternatives();
    if (why_.empty() && at_ < text_.size()) fail("an unmatched parenthesis");
    if (why_.empty() && !possessive_is_greedy(pattern)) fail("a possessive repeat that matters");
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
      repeat.lazy = take(U"?");
      repeat.possessive = !repeat.lazy && take(U"+");
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
    if (take(U"\\z")) return {.kind = Kind::look, .or_end = true};
    if (take(U"$"))
      return {.kind = Kind::look, .set = CodePointSet::range(U'\n', U'\n'), .or_end = true};
    if (peek() == U'\\') return one_of(cased(escape()));
    const char32_t c = text_[at_];
    if (take(U".")) return one_of(CodePointSet::range(U'\n', U'\n').negated());
    if (std::u32string_view(U"^*+?{").find(c) != std::u32string_view::npos)
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
    if (++depth_ > kMostDepth) fail("deeply nested groups");
    ++at_;
    const bool negative = take(U"^");
    CodePointSet set = class_members();
    while (take(U"&&")) set = set.intersected(class_members());
    if (!take(U"]")) fail("an unmatched bracket");
    --depth_;
    set = cased(set);
    return negative ? set.negated() : set;
  }

  // Up to the end of the class, or to &&.
  CodePointSet class_members() {
    CodePointSet set;
    while (more() && peek() != U']' && !(peek() == U'&' && peek(1) == U'&'))
      set = set.united(peek() == U'[' ? character_class() : class_member());
    return set;
  }

  CodePointSet class_member() {
    if (peek() != U'\\') return range_from(text_[at_++]);
    const CodePointSet set = escape();
    const bool one = set.ranges().size() == 1 && set.ranges()[0].first == set.ranges()[0].last;
    return one ? range_from(set.ranges()[0].first) : set;
  }

  // a, or a-z
  CodePointSet range_from(char32_t first) {
    char32_t last = first;
    if (peek() == U'-' && peek(1) != U']' && peek(1) != U'[' && peek(1) != U'\0') {
      ++at_;
      if (peek() == U'\\') {
        const CodePointSet set = escape();
        const bool one = set.ranges().size() == 1 && set.ranges()[0].first == set.ranges()[0].last;
        if (!one) fail("a class range that ends in a class");
        last = one ? set.ranges()[0].first : first;
      } else {
        last = text_[at_++];
      }
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
      case U'S':
        return unless(c == U'S', CodePointSet::white_space());
      case U'd':
      case U'D':
        return unless(c == U'D', *CodePointSet::property("Nd"));
      case U'w':
      case U'W':
        return unless(c == U'W', *CodePointSet::property("word"));
      case U'h':
      case U'H':
        return unless(c == U'H', hexadecimal_digits());
      case U'p':
      case U'P':
        return unless(c == U'P', property());
      case U'u':
        return code_point(4);
      case U'x':
        return code_point(2);
      default:
        break;
    }
    const bool letter = (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
                        (c >= U'0' && c <= U'9') || c > 0x7f;
    if (letter) fail(fmt::format("the escape \\{}", static_cast<char>(c)));
    return CodePointSet::range(c, c);
  }

  static CodePointSet unless(bool negative, const CodePointSet& set) {
    return negative ? set.negated() : set;
  }

  static CodePointSet hexadecimal_digits() {
    return CodePointSet::range(U'0', U'9')
        .united(CodePointSet::range(U'A', U'F'))
        .united(CodePointSet::range(U'a', U'f'));
  }

  // {L}, {Lu}, {Han} or {^L}
  CodePointSet property() {
    std::string name;
    const bool braces = take(U"{");
    const bool negative = braces && take(U"^");
    if (braces)
      while (more() && peek() != U'}') name.push_back(static_cast<char>(text_[at_++]));
    const std::optional<CodePointSet> set = CodePointSet::property(name);
    if (!take(U"}") || !set) fail(fmt::format("the property \\p{{{}}}", name));
    return unless(negative, set.value_or(CodePointSet()));
  }

  // 0041, or {1F600}
  CodePointSet code_point(int digits) {
    const bool braces = take(U"{");
    char32_t value = 0;
    int count = 0;
    for (; more() && (braces ? peek() != U'}' : count < digits); ++count) {
      const char32_t c = text_[at_++];
      const bool digit = c >= U'0' && c <= U'9';
      const char32_t letter = (c | 0x20U) - U'a';
      if ((!digit && letter > 5) || count == 8) fail("an escape that is no hexadecimal number");
      value = (value << 4 | (digit ? c - U'0' : letter + 10)) & 0xff'ffffU;
    }
    if ((braces && !take(U"}")) || count == 0 || value > kLastCodePoint)
      fail("an escape that is no code point");
    return CodePointSet::range(value, value);
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
