// SPDX-License-Identifier: Apache-2.0
// Rewrites text by the character map of a SentencePiece model, which is carried as it is: a
// double-array trie of keys, and the texts that they become (the step `trie` of
// runtime/formats/normalizer_bin.h). At each place the longest key that fits counts.
//
//   "ﬁ①"  by the map nmt_nfkc  ->  "fi1"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/host/section_reader.h"

namespace runtime::host {

class PrecompiledMap {
 public:
  // Nothing if the tables are not there. The bytes must outlive the map.
  static std::optional<PrecompiledMap> open(SectionReader& reader);

  // Appends the rewritten text to `out` and returns true, or returns false if no key fits.
  bool apply(std::string_view text, std::string& out) const;

 private:
  struct Match {
    std::size_t bytes = 0;  // of the key; 0: none fits
    std::uint32_t value = 0;
  };
  Match match(std::string_view text) const;

  PackedList<std::uint32_t> units_;
  std::string_view texts_;
};

}  // namespace runtime::host
