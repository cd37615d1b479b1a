// SPDX-License-Identifier: Apache-2.0
// Finds added tokens (<s>, <|im_start|>) in text: at each place the longest, from left to right.
//
//   "<s>Hi</s>"  with special tokens   ->  [token 1] "Hi" [token 2]
//   "<s>Hi</s>"  without               ->  "<s>Hi</s>"
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

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

  // `vocabulary` must outlive the calls that take it. Returns nothing if the file's list is not
  // sorted.
  static std::optional<AddedTokens> open(const TokenizerFile& file, const Vocabulary& vocabulary);

  bool has(Pass pass) const { return !of(pass).entries.empty(); }

  // The first match of `pass` at or after `from`.
  std::optional<Match> find(const Vocabulary& vocabulary, std::string_view text, std::size_t from,
                            Pass pass, bool with_special) const;

 private:
  struct List {
    std::vector<formats::AddedTokenEntry> entries;  // sorted by bytes
    std::array<bool, 256> starts{};                 // first bytes of the entries
  };
  const List& of(Pass pass) const { return pass == Pass::first ? first_ : second_; }

  List first_;
  List second_;
};

}  // namespace runtime::host
