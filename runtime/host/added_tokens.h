// SPDX-License-Identifier: Apache-2.0
// Finds added tokens (<s>, <|im_start|>) in text: at each place the longest, from left to right.
//
//   "<s>Hi</s>"  with special tokens   ->  [token 1] "Hi" [token 2]
//   "<s>Hi</s>"  without               ->  "<s>Hi</s>"
//
// The first pass looks at the text as it came, the second at what lies between, normalized.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/point_table.h"
#include "runtime/host/vocabulary.h"

namespace runtime::host {

class AddedTokens {
 public:
  struct Match {
    std::size_t start = 0;  // with the white space that the token takes
    std::size_t end = 0;
    std::uint32_t token = 0;
  };
  enum class Pass : std::uint8_t { first, second };

  // The bytes behind both must outlive the tokens. Nothing if a list or a table is malformed.
  static std::optional<AddedTokens> open(const TokenizerFile& file, const Vocabulary& vocabulary);

  bool has(Pass pass) const { return !of(pass).entries.empty(); }

  // The first match of `pass` at or after `from`.
  std::optional<Match> find(std::string_view text, std::size_t from, Pass pass,
                            bool with_special) const;

  // Whether a special token, of any pass, starts at the start of `text`.
  bool starts_special(std::string_view text) const;

 private:
  struct Entry {
    std::string_view text;
    std::uint32_t token = 0;
    std::uint32_t flags = 0;  // formats::kAdded...
  };
  struct List {
    std::vector<Entry> entries;           // sorted by text
    std::array<bool, 256> starts{};       // first bytes of the entries
    std::vector<std::uint64_t> patterns;  // each of these bytes, eight times
  };

  const List& of(Pass pass) const { return pass == Pass::first ? first_ : second_; }
  bool is_word(const struct Utf8Character& character) const;
  bool stands_alone(std::string_view text, std::size_t start, std::size_t end) const;
  // The longest entry that `text` starts with, of those that have the flags or lack them.
  static const Entry* longest_match(const List& list, std::string_view text, std::uint32_t wanted,
                                    std::uint32_t unwanted);

  List first_;
  List second_;
  PointTable<std::uint8_t> word_characters_;  // empty: no token asks for them
};

}  // namespace runtime::host
