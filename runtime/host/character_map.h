// SPDX-License-Identifier: Apache-2.0
// Rewrites text by a list of keys: at each place the longest key that fits becomes its text, and
// what no key fits stays (the step `map` of runtime/formats/normalizer_bin.h).
//
//   "Ａé"  with lower case and no accents  ->  "ae"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/formats/normalizer_bin.h"
#include "runtime/host/point_table.h"

namespace runtime::host {

class CharacterMap {
 public:
  // Checks every table; nothing if one of them leads outside. The bytes must outlive the map.
  static std::optional<CharacterMap> open(SectionReader& reader);

  // Appends the rewritten text to `out` and returns true, or returns false if no key fits.
  bool apply(std::string_view text, std::string& out) const;

 private:
  struct Match {
    std::size_t bytes = 0;  // of the key; 0: none fits
    std::string_view text;
  };
  Match match(std::string_view text, char32_t first, std::uint32_t first_bytes) const;

  PointTable<std::uint16_t> group_of_;
  PackedList<std::uint32_t> first_key_;
  PackedList<formats::MapKey> keys_;
  std::string_view text_;
};

}  // namespace runtime::host
