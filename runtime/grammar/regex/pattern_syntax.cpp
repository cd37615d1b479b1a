// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/regex/pattern_syntax.h"

#include <algorithm>
#include <utility>

#include "runtime/grammar/regex/pattern_classes.h"
#include "runtime/grammar/regex/pattern_parser.h"
#include "runtime/host/ascii.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar::regex {
namespace {

using Kind = PatternNode::Kind;

constexpr unsigned kMaxDepth = 100;  // of groups
constexpr std::uint32_t kMaxCount = 1'000'000'000;

using host::is_digit;

}  // namespace

bool PatternParser::refuse_at(std::size_t at, std::string_view message) {
  if (refusal_) return false;
  const auto is_lead = [](char byte) { return !host::is_utf8_continuation(byte); };
  const auto before = std::ranges::count_if(pattern_.substr(0, at), is_lead);
  const char* character = arena_.decimal(static_cast<std::size_t>(before) + 1);
  refusal_ = {arena_.join({message, ", at character ", character, " of the pattern"})};
  return false;
}

std::uint32_t PatternParser::add(PatternNode node) {
  node.has_context |= node.kind >= Kind::text_start;
  for (const std::uint32_t part : node.parts) node.has_context |= tree_.nodes[part].has_context;
  tree_.nodes.push_back(std::move(node));
  return static_cast<std::uint32_t>(tree_.nodes.size() - 1);
}

bool PatternParser::add_set(CodePoints set, std::uint32_t& node) {
  const auto found = std::ranges::find(tree_.sets, set);
  const auto index = static_cast<std::uint32_t>(found - tree_.sets.begin());
  if (found == tree_.sets.end()) tree_.sets.push_back(std::move(set));
  node = add({.kind = Kind::set, .set = index});
  return true;
}

bool PatternParser::close_under_case(CodePoints& set) {
  if (!options_.ignore_case) return true;
  auto closed = without_regard_to_case(set);
  if (!closed) return refuse("letters outside ASCII are not supported without regard to case");
  set = std::move(*closed);
  return true;
}

bool PatternParser::alternatives(std::uint32_t& node) {
  if (++depth_ > kMaxDepth) return refuse("groups are nested too deeply");
  PatternNode either = {.kind = Kind::either};
  do {
    if (!sequence(either.parts.emplace_back())) return false;
  } while (take("|"));
  node = either.parts.size() == 1 ? either.parts[0] : add(std::move(either));
  --depth_;
  return true;
}

bool PatternParser::sequence(std::uint32_t& node) {
  PatternNode sequence;
  while (!at_end() && !is_next("|") && !is_next(")")) {
    std::uint32_t part = 0;
    if (!term(part) || !quantifier(part)) return false;
    sequence.parts.push_back(part);
  }
  node = sequence.parts.size() == 1 ? sequence.parts[0] : add(std::move(sequence));
  return true;
}

bool PatternParser::term(std::uint32_t& node) {
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
  if (!close_under_case(set)) return false;
  return add_set(std::move(set), node);
}

bool PatternParser::quantifier(std::uint32_t& node) {
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
bool PatternParser::counts(std::uint32_t& min, std::uint32_t& max) {
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

bool PatternParser::group(std::uint32_t& node) {
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

bool PatternParser::group_kind(PatternNode& node, bool& is_flags_only) {
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
bool PatternParser::flags(bool& is_flags_only) {
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
bool PatternParser::character(std::uint32_t& point) {
  const host::Utf8Character next = host::decode_utf8(pattern_.substr(at_));
  if (next.state != host::Utf8Character::State::valid) return refuse("the pattern is no UTF-8");
  point = next.code_point;
  at_ += next.bytes;
  return true;
}

Result<PatternTree> PatternParser::parse() {
  if (alternatives(tree_.root) && !at_end()) refuse("a group is closed that was never opened");
  if (refusal_) return refusal_;
  return std::move(tree_);
}

Result<PatternTree> parse_pattern_syntax(Arena& arena, std::string_view pattern,
                                         const PatternOptions& options) {
  return PatternParser(arena, pattern, options).parse();
}

}  // namespace runtime::grammar::regex
