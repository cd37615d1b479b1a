// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/pattern_syntax.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "runtime/grammar/regex/pattern_classes.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::regex {
namespace {

using Kind = PatternNode::Kind;
using Dialect = PatternOptions::Dialect;

constexpr unsigned kMaxDepth = 100;  // of groups
constexpr std::uint32_t kMaxCount = 1'000'000'000;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; }
constexpr bool is_surrogate(std::uint32_t c) { return c >= 0xd800 && c <= 0xdfff; }

// Every function returns whether it went well; the first refusal stays.
class Parser {
 public:
  Parser(std::string_view pattern, const PatternOptions& options)
      : pattern_(pattern), options_(options) {}

  Result<PatternTree> parse();

 private:
  bool refuse(std::string message) { return refuse_at(at_, std::move(message)); }
  bool refuse_at(std::size_t at, std::string message);

  bool at_end() const { return at_ == pattern_.size(); }
  bool is_next(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!is_next(text)) return false;
    at_ += text.size();
    return true;
  }

  std::uint32_t add(PatternNode node);
  bool add_set(CodePoints set, std::uint32_t& node);

  bool alternatives(std::uint32_t& node);
  bool sequence(std::uint32_t& node);
  bool term(std::uint32_t& node);
  bool quantifier(std::uint32_t& node);
  bool counts(std::uint32_t& min, std::uint32_t& max);
  bool group(std::uint32_t& node);
  bool group_kind(PatternNode& node, bool& is_flags_only);
  bool flags(bool& is_flags_only);
  bool escape(std::uint32_t& node);

  bool character(std::uint32_t& point);
  bool escaped_character(bool in_class, std::uint32_t& point);
  bool hexadecimal(std::size_t digits, std::uint32_t& value);
  bool braced_hexadecimal(std::uint32_t& value);
  bool unicode_escape(std::uint32_t& point);
  bool class_escape(CodePoints& set, bool& is_class);
  bool property(CodePoints& set);
  bool char_class(CodePoints& set);
  bool class_atom(CodePoints& set, std::optional<std::uint32_t>& single);

  std::string_view pattern_;
  PatternOptions options_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  PatternTree tree_;
  std::optional<Refusal> refusal_;
};

bool Parser::refuse_at(std::size_t at, std::string message) {
  if (refusal_) return false;
  const auto is_lead = [](char byte) { return !host::is_utf8_continuation(byte); };
  const auto before = std::ranges::count_if(pattern_.substr(0, at), is_lead);
  message += ", at character " + std::to_string(before + 1) + " of the pattern";
  refusal_ = Refusal{std::move(message), ""};
  return false;
}

std::uint32_t Parser::add(PatternNode node) {
  node.has_context |= node.kind >= Kind::text_start;
  for (const std::uint32_t part : node.parts) node.has_context |= tree_.nodes[part].has_context;
  tree_.nodes.push_back(std::move(node));
  return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
}

bool Parser::add_set(CodePoints set, std::uint32_t& node) {
  const auto found = std::ranges::find(tree_.sets, set);
  const auto index = static_cast<std::uint32_t>(found - tree_.sets.begin());
  if (found == tree_.sets.end()) tree_.sets.push_back(std::move(set));
  node = add({.kind = Kind::set, .set = index});
  return true;
}

bool Parser::alternatives(std::uint32_t& node) {
  if (++depth_ > kMaxDepth) return refuse("groups are nested too deeply");
  PatternNode either = {.kind = Kind::either};
  do {
    if (!sequence(either.parts.emplace_back())) return false;
  } while (take("|"));
  node = either.parts.size() == 1 ? either.parts[0] : add(std::move(either));
  --depth_;
  return true;
}

bool Parser::sequence(std::uint32_t& node) {
  PatternNode sequence;
  while (!at_end() && !is_next("|") && !is_next(")")) {
    std::uint32_t part = 0;
    if (!term(part) || !quantifier(part)) return false;
    sequence.parts.push_back(part);
  }
  node = sequence.parts.size() == 1 ? sequence.parts[0] : add(std::move(sequence));
  return true;
}

bool Parser::term(std::uint32_t& node) {
  switch (pattern_[at_]) {
    case '^':
      ++at_;
      node = add({.kind = Kind::text_start});
      return true;
    case '$':
      ++at_;
      node = add({.kind = Kind::text_end});
      return true;
    case '.':
      ++at_;
      return add_set(options_.dot_all ? CodePoints::all() : any_but_line_ends(), node);
    case '(':
      return group(node);
    case '\\':
      return escape(node);
    case '[': {
      CodePoints set;
      return char_class(set) && add_set(std::move(set), node);
    }
    case '*':
    case '+':
    case '?':
      return refuse("nothing to repeat");
    case '{': {
      std::uint32_t min = 0, max = 0;
      const std::size_t start = at_;
      if (counts(min, max)) return refuse_at(start, "nothing to repeat");
      break;
    }
    default:
      break;
  }
  std::uint32_t point = 0;
  if (!character(point)) return false;
  CodePoints set = CodePoints::range(point, point);
  if (options_.ignore_case) {
    auto closed = without_regard_to_case(set);
    if (!closed) return refuse("letters outside ASCII are not supported without regard to case");
    set = std::move(*closed);
  }
  return add_set(std::move(set), node);
}

bool Parser::quantifier(std::uint32_t& node) {
  const std::size_t start = at_;
  std::uint32_t min = 0, max = kUnbounded;
  if (take("?"))
    max = 1;
  else if (take("+"))
    min = 1;
  else if (!take("*") && !counts(min, max))
    return !refusal_;
  const Kind kind = tree_.nodes[node].kind;
  if (kind >= Kind::text_start) return refuse_at(start, "nothing to repeat");
  if (max < min) return refuse_at(start, "the numbers of a repeat are out of order");
  take("?");  // lazy
  if (is_next("+")) return refuse("possessive repeats are not supported");
  if (is_next("*") || is_next("?")) return refuse("nothing to repeat");
  node = add({.kind = Kind::repeat, .min = min, .max = max, .parts = {node}});
  return true;
}

// {n}, {n,}, {n,m}; other braces are characters.
bool Parser::counts(std::uint32_t& min, std::uint32_t& max) {
  const std::size_t start = at_;
  const auto number = [&](std::uint32_t& value) {
    const std::size_t first = at_;
    value = 0;
    for (; !at_end() && is_digit(pattern_[at_]); ++at_)
      value = std::min(kMaxCount, value * 10 + static_cast<std::uint32_t>(pattern_[at_] - '0'));
    return at_ > first;
  };
  if (take("{") && number(min)) {
    max = min;
    if (take(",") && !number(max)) max = kUnbounded;
    if (take("}")) {
      if (min == kMaxCount || max == kMaxCount)
        return refuse_at(start, "the numbers of a repeat are too large");
      return true;
    }
  }
  at_ = start;
  return false;
}

bool Parser::group(std::uint32_t& node) {
  const std::size_t start = at_++;
  const PatternOptions outside = options_;
  PatternNode look = {.kind = Kind::sequence};
  bool is_flags_only = false;
  if (take("?") && !group_kind(look, is_flags_only)) return false;
  if (is_flags_only) {
    node = add({});
    return true;
  }
  std::uint32_t inner = 0;
  if (!alternatives(inner)) return false;
  if (!take(")")) return refuse_at(start, "a group is not closed");
  options_ = outside;
  node = inner;
  if (look.kind == Kind::look_ahead) {
    look.parts = {inner};
    node = add(std::move(look));
  }
  return true;
}

bool Parser::group_kind(PatternNode& node, bool& is_flags_only) {
  if (take(":")) return true;
  if (is_next("=") || is_next("!")) {
    node.kind = Kind::look_ahead;
    node.is_negated = is_next("!");
    ++at_;
    return true;
  }
  if (is_next("<=") || is_next("<!")) return refuse("look-behind is not supported");
  if (is_next(">")) return refuse("atomic groups are not supported");
  if (is_next("P=")) return refuse("back-references are not supported");
  if (is_next("#")) return refuse("comments are not supported");
  if (take("<") || take("P<")) {
    const std::size_t end = pattern_.find('>', at_);
    if (end == std::string_view::npos || end == at_)
      return refuse("the name of a group is cut off");
    at_ = end + 1;
    return true;
  }
  return flags(is_flags_only);
}

// (?i) until the end of the group that it stands in, (?i:…) for a group of its own.
bool Parser::flags(bool& is_flags_only) {
  bool value = true;
  while (!at_end()) {
    const char flag = pattern_[at_];
    if (flag == 'i')
      options_.ignore_case = value;
    else if (flag == 's')
      options_.dot_all = value;
    else if (flag == '-' && value)
      value = false;
    else
      break;
    ++at_;
  }
  is_flags_only = take(")");
  if (is_flags_only || take(":")) return true;
  return refuse("this kind of group is not supported");
}

// The character at the reading position, as it stands.
bool Parser::character(std::uint32_t& point) {
  const host::Utf8Character next = host::decode_utf8(pattern_.substr(at_));
  if (next.state != host::Utf8Character::State::valid) return refuse("the pattern is no UTF-8");
  point = next.code_point;
  at_ += next.bytes;
  return true;
}

bool Parser::escape(std::uint32_t& node) {
  if (at_ + 1 == pattern_.size()) return refuse("a backslash ends the pattern");
  const char letter = pattern_[at_ + 1];
  if (letter == 'b' || letter == 'B') {
    at_ += 2;
    node = add({.kind = Kind::boundary, .is_negated = letter == 'B'});
    return true;
  }
  if (options_.dialect == Dialect::rust && (letter == 'A' || letter == 'z')) {
    at_ += 2;
    node = add({.kind = letter == 'A' ? Kind::text_start : Kind::text_end});
    return true;
  }
  CodePoints set;
  bool is_class = false;
  if (!class_escape(set, is_class)) return false;
  if (!is_class) {
    std::uint32_t point = 0;
    if (!escaped_character(false, point)) return false;
    set = CodePoints::range(point, point);
  }
  if (options_.ignore_case) {
    auto closed = without_regard_to_case(set);
    if (!closed) return refuse("letters outside ASCII are not supported without regard to case");
    set = std::move(*closed);
  }
  return add_set(std::move(set), node);
}

bool Parser::class_escape(CodePoints& set, bool& is_class) {
  const char letter = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
  if (letter == 'p' || letter == 'P') {
    is_class = true;
    return property(set);
  }
  if (auto named = named_class(letter)) {
    at_ += 2;
    set = std::move(*named);
    is_class = true;
  }
  return true;
}

// \p{Name}, \pL in the other dialect.
bool Parser::property(CodePoints& set) {
  const std::size_t start = at_;
  const bool is_negated = pattern_[at_ + 1] == 'P';
  at_ += 2;
  std::string_view name;
  if (take("{")) {
    const std::size_t end = pattern_.find('}', at_);
    if (end == std::string_view::npos) return refuse("a property is not closed");
    name = pattern_.substr(at_, end - at_);
    at_ = end + 1;
  } else if (options_.dialect == Dialect::rust && !at_end()) {
    name = pattern_.substr(at_++, 1);
  }
  auto found = unicode_property(name);
  if (!found)
    return refuse_at(start,
                     "the character property \"" + std::string(name) + "\" is not supported");
  set = is_negated ? ~*found : std::move(*found);
  return true;
}

// After the backslash: what the escape stands for.
bool Parser::escaped_character(bool in_class, std::uint32_t& point) {
  const std::size_t start = at_++;
  const char letter = pattern_[at_];
  constexpr std::string_view kLetters = "tnvfr";
  constexpr std::string_view kMeant = "\t\n\v\f\r";
  if (const std::size_t at = kLetters.find(letter); at != std::string_view::npos) {
    ++at_;
    point = static_cast<std::uint8_t>(kMeant[at]);
    return true;
  }
  if (in_class && (letter == 'b')) {
    ++at_;
    point = '\b';
    return true;
  }
  if (letter == '0' && (at_ + 1 == pattern_.size() || !is_digit(pattern_[at_ + 1]))) {
    ++at_;
    point = 0;
    return true;
  }
  if (letter == 'x' || letter == 'u' || letter == 'U') {
    ++at_;
    if (letter == 'u' && !is_next("{")) return unicode_escape(point);
    if (is_next("{") && (letter == 'u' || options_.dialect == Dialect::rust))
      return braced_hexadecimal(point);
    if (letter == 'x') return hexadecimal(2, point);
    return refuse_at(start, "an escape is not complete");
  }
  if (letter == 'c' && at_ + 1 < pattern_.size() && is_letter(pattern_[at_ + 1])) {
    point = static_cast<std::uint8_t>(pattern_[at_ + 1]) & 0x1f;
    at_ += 2;
    return true;
  }
  if (is_digit(letter) || letter == 'k')
    return refuse_at(start, "back-references are not supported");
  if (is_letter(letter))
    return refuse_at(start, std::string("the escape \\") + letter + " is not supported");
  return character(point);
}

bool Parser::hexadecimal(std::size_t digits, std::uint32_t& value) {
  value = 0;
  for (std::size_t i = 0; i < digits; ++i, ++at_) {
    const char c = at_end() ? '\0' : pattern_[at_];
    const bool is_hex_letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';
    if (!is_digit(c) && !is_hex_letter) return refuse("an escape is not complete");
    value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return true;
}

bool Parser::braced_hexadecimal(std::uint32_t& value) {
  ++at_;
  const std::size_t end = pattern_.find('}', at_);
  if (end == std::string_view::npos || end == at_ || end > at_ + 8)
    return refuse("an escape is not complete");
  if (!hexadecimal(end - at_, value)) return false;
  ++at_;
  if (value > 0x10ffff || is_surrogate(value)) return refuse("an escape stands for no character");
  return true;
}

// Four digits; two surrogates make one character.
bool Parser::unicode_escape(std::uint32_t& point) {
  if (!hexadecimal(4, point)) return false;
  if (!is_surrogate(point)) return true;
  std::uint32_t low = 0;
  if (point < 0xdc00 && take("\\u") && hexadecimal(4, low) && low >= 0xdc00 && low <= 0xdfff) {
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }
  return refuse("a surrogate without its other half stands for no character");
}

bool Parser::char_class(CodePoints& set) {
  const std::size_t start = at_++;
  const bool is_negated = take("^");
  const bool is_rust = options_.dialect == Dialect::rust;
  for (bool is_first = true; at_end() || !is_next("]") || (is_first && is_rust); is_first = false) {
    if (at_end()) return refuse_at(start, "a class of characters is not closed");
    if (is_rust && (is_next("&&") || is_next("--") || is_next("~~")))
      return refuse("operations on classes of characters are not supported");
    std::optional<std::uint32_t> first, last;
    if (!class_atom(set, first)) return false;
    if (!is_next("-") || is_next("-]")) continue;
    const std::size_t dash = at_++;
    if (at_end()) return refuse_at(start, "a class of characters is not closed");
    CodePoints after;
    if (!class_atom(after, last)) return false;
    if (!first || !last) {  // not between characters: a minus sign
      set = set | after | CodePoints::of("-");
      continue;
    }
    if (*last < *first) return refuse_at(dash, "a range of characters is out of order");
    set.insert(*first, *last);
  }
  ++at_;
  if (options_.ignore_case) {
    auto closed = without_regard_to_case(set);
    if (!closed) {
      return refuse_at(start, "letters outside ASCII are not supported without regard to case");
    }
    set = std::move(*closed);
  }
  if (is_negated) set = ~set;
  return true;
}

// One character, or a class that an escape names; adds it to the set.
bool Parser::class_atom(CodePoints& set, std::optional<std::uint32_t>& single) {
  std::uint32_t point = 0;
  if (is_next("\\")) {
    if (at_ + 1 == pattern_.size()) return refuse("a backslash ends the pattern");
    CodePoints named;
    bool is_class = false;
    if (!class_escape(named, is_class)) return false;
    if (is_class) {
      set = set | named;
      return true;
    }
    if (!escaped_character(true, point)) return false;
  } else if (options_.dialect == Dialect::rust && is_next("[")) {
    const std::size_t end = pattern_.find(":]", at_);
    if (!take("[:") || end == std::string_view::npos)
      return refuse("classes inside of classes are not supported");
    const bool is_negated = take("^");
    const auto named = posix_class(pattern_.substr(at_, end - at_));
    if (!named) return refuse("no such class of characters");
    set = set | (is_negated ? ~*named : *named);
    at_ = end + 2;
    return true;
  } else if (!character(point)) {
    return false;
  }
  set.insert(point, point);
  single = point;
  return true;
}

Result<PatternTree> Parser::parse() {
  if (alternatives(tree_.root) && !at_end()) refuse("a group is closed that was never opened");
  if (refusal_) return *std::move(refusal_);
  return std::move(tree_);
}

}  // namespace

Result<PatternTree> parse_pattern_syntax(std::string_view pattern, const PatternOptions& options) {
  return Parser(pattern, options).parse();
}

}  // namespace runtime::grammar::regex
