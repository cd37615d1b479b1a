// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "runtime/grammar/regex/pattern_classes.h"
#include "runtime/grammar/regex/pattern_parser.h"
#include "runtime/grammar/regex/unicode_properties.h"
#include "runtime/host/ascii.h"

namespace runtime::grammar::regex {
namespace {

using Kind = PatternNode::Kind;
using Dialect = PatternOptions::Dialect;

using host::is_digit;
using host::is_letter;
constexpr bool is_surrogate(std::uint32_t c) { return c >= 0xd800 && c <= 0xdfff; }

}  // namespace

bool PatternParser::escape(std::uint32_t& node) {
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
  if (!close_under_case(set)) return false;
  return add_set(std::move(set), node);
}

bool PatternParser::class_escape(CodePoints& set, bool& is_class) {
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
bool PatternParser::property(CodePoints& set) {
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
                     arena_.join({"the character property \"", name, "\" is not supported"}));
  set = is_negated ? ~*found : std::move(*found);
  return true;
}

// After the backslash: what the escape stands for.
bool PatternParser::escaped_character(bool in_class, std::uint32_t& point) {
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
    return refuse_at(start,
                     arena_.join({"the escape ", pattern_.substr(start, 2), " is not supported"}));
  return character(point);
}

bool PatternParser::hexadecimal(std::size_t digits, std::uint32_t& value) {
  value = 0;
  for (std::size_t i = 0; i < digits; ++i, ++at_) {
    const int digit = at_end() ? -1 : host::hex_value(pattern_[at_]);
    if (digit < 0) return refuse("an escape is not complete");
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return true;
}

bool PatternParser::braced_hexadecimal(std::uint32_t& value) {
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
bool PatternParser::unicode_escape(std::uint32_t& point) {
  if (!hexadecimal(4, point)) return false;
  if (!is_surrogate(point)) return true;
  std::uint32_t low = 0;
  if (point < 0xdc00 && take("\\u") && hexadecimal(4, low) && low >= 0xdc00 && low <= 0xdfff) {
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }
  return refuse("a surrogate without its other half stands for no character");
}

bool PatternParser::char_class(CodePoints& set) {
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
  if (!close_under_case(set)) return false;
  if (is_negated) set = ~set;
  return true;
}

// One character, or a class that an escape names; adds it to the set.
bool PatternParser::class_atom(CodePoints& set, std::optional<std::uint32_t>& single) {
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

}  // namespace runtime::grammar::regex
