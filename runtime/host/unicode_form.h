// SPDX-License-Identifier: Apache-2.0
// Unicode's normalization forms, by the tables that the model's form needs (the step `form` of
// runtime/formats/normalizer_bin.h; the algorithm is that of Unicode Standard Annex 15).
//
//   "e" U+0301  in NFC  ->  "é"
//
// Text that is in the form already, which is nearly all text in NFC, is only looked at. Elsewhere
// the work is done on spans between characters that nothing before them can change.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/normalizer_bin.h"
#include "runtime/host/point_table.h"

namespace runtime::host {

class UnicodeForm {
 public:
  // Checks every table; nothing if one of them leads outside. The bytes must outlive the form.
  static std::optional<UnicodeForm> open(SectionReader& reader);

  // Appends `text` in the form to `out` and returns true, or returns false if it is in it already.
  bool apply(std::string_view text, std::string& out) const;

 private:
  struct Character {
    char32_t code_point = 0;
    std::uint8_t order = 0;
  };
  using Characters = std::vector<Character>;

  void convert(std::string_view span, Characters& characters, std::string& out) const;
  void decompose(char32_t code_point, Characters& characters) const;
  void compose(Characters& characters) const;
  char32_t composite_of(char32_t first, char32_t second) const;  // 0: there is none
  // Changes nothing, and what follows changes nothing before it.
  bool is_border(std::uint8_t value) const {
    return (value & (formats::kFormOrder | formats::kFormChanges)) == 0;
  }
  Character character(char32_t code_point) const {
    return {code_point, static_cast<std::uint8_t>(values_.of(code_point) & formats::kFormOrder)};
  }

  // The bytes of the first character at `at`, if a glance tells that it is a border; 0 if not.
  std::size_t plain_border(std::string_view text, std::size_t at) const;

  bool compose_ = false;
  PointTable<std::uint8_t> values_;
  PackedList<formats::Decomposition> decompositions_;
  PackedList<formats::Composition> compositions_;
  std::string_view text_;
  // One bit for each run of 64 code points that three bytes begin with: all of them are borders.
  std::array<std::uint64_t, 16> plain_{};
};

}  // namespace runtime::host
