// SPDX-License-Identifier: Apache-2.0
// PatternParser: reads a pattern by recursive descent. Terms, groups and repeats are in
// pattern_syntax.cpp, escapes and classes of characters in pattern_escapes.cpp.
//
//   const Result<PatternTree> tree = PatternParser(arena, "[a-z]+", {}).parse();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/regex/pattern_syntax.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::regex {

// Every function returns whether it went well; the first refusal stays.
class PatternParser {
 public:
  PatternParser(Arena& arena, std::string_view pattern, const PatternOptions& options)
      : arena_(arena), pattern_(pattern), options_(options) {}

  Result<PatternTree> parse();

 private:
  bool refuse(std::string_view message) { return refuse_at(at_, message); }
  bool refuse_at(std::size_t at, std::string_view message);

  bool at_end() const { return at_ == pattern_.size(); }
  bool is_next(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool take(std::string_view text) {
    if (!is_next(text)) return false;
    at_ += text.size();
    return true;
  }

  std::uint32_t add(PatternNode node);
  bool add_set(CodePoints set, std::uint32_t& node);
  // With the other cases of its letters, where case does not matter.
  bool close_under_case(CodePoints& set);

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

  Arena& arena_;
  std::string_view pattern_;
  PatternOptions options_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
  PatternTree tree_;
  Refusal refusal_;
};

}  // namespace runtime::grammar::regex
