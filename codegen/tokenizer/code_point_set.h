// SPDX-License-Identifier: Apache-2.0
// A set of code points, as sorted ranges.
//
//   const CodePointSet letters = *CodePointSet::property("L");
//   letters.united(CodePointSet::range('0', '9')).negated();
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace codegen::tokenizer {

inline constexpr char32_t kLastCodePoint = 0x10ffff;

class CodePointSet {
 public:
  struct Range {
    char32_t first;
    char32_t last;
    bool operator==(const Range&) const = default;
  };

  CodePointSet() = default;
  static CodePointSet range(char32_t first, char32_t last);
  static CodePointSet white_space();  // \s
  // A general category ("Lu"), a group of them by their first letter ("L"), or a set of
  // unicode_mappings.h ("word", "Han").
  static std::optional<CodePointSet> property(std::string_view name);

  const std::vector<Range>& ranges() const { return ranges_; }  // sorted, with gaps between them
  bool contains(char32_t code_point) const;
  CodePointSet united(const CodePointSet& other) const;
  CodePointSet negated() const;
  CodePointSet intersected(const CodePointSet& other) const;
  // With the other case of each ASCII letter, and of the two characters that fold to one.
  CodePointSet with_both_cases() const;
  bool operator==(const CodePointSet&) const = default;

 private:
  void add(Range range);  // not before the start of the last one
  std::vector<Range> ranges_;
};

}  // namespace codegen::tokenizer
