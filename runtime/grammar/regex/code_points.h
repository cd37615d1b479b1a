// SPDX-License-Identifier: Apache-2.0
// Sets of characters, and how a text spells them.
//
//   CodePoints greek = CodePoints::range(0x370, 0x3ff);
//   spelled(e, greek, Text::utf8);         // CD [B0-BF] | CE [80-BF] | CF [80-BF]
//   spelled(e, greek, Text::json_string);  // these, or \u03 [7-9a-fA-F] .
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::regex {

// How characters are spelled: as UTF-8, or as between the quotes of a JSON string, that is raw
// where JSON allows it and by every escape that stands for them (hexadecimal digits in either case,
// surrogates in pairs only).
enum class Text : std::uint8_t { utf8, json_string };

// A set of Unicode scalar values: of code points less surrogates.
class CodePoints {
 public:
  struct Range {
    std::uint32_t first = 0, last = 0;
    friend bool operator==(const Range&, const Range&) = default;
  };

  CodePoints() = default;
  static CodePoints range(std::uint32_t first, std::uint32_t last);
  static CodePoints of(std::span<const Range> ranges);
  static CodePoints of(std::string_view ascii);
  static CodePoints all();

  void insert(std::uint32_t first, std::uint32_t last);
  bool is_empty() const { return ranges_.empty(); }
  bool contains(std::uint32_t point) const { return contains_all({point, point}); }
  bool contains_all(Range range) const;
  bool contains_any(Range range) const;
  std::span<const Range> ranges() const { return ranges_; }  // sorted, apart from each other

  friend CodePoints operator|(const CodePoints& a, const CodePoints& b);
  friend CodePoints operator&(const CodePoints& a, const CodePoints& b);
  friend CodePoints operator~(const CodePoints& a);
  friend bool operator==(const CodePoints&, const CodePoints&) = default;

 private:
  List<Range> ranges_;
};

// One character of the set.
Regex spelled(Expressions& e, const CodePoints& set, Text text);
// These characters; `utf8` is well-formed.
Regex spelled(Expressions& e, std::string_view utf8, Text text);

}  // namespace runtime::grammar::regex
