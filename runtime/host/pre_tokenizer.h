// SPDX-License-Identifier: Apache-2.0
// Cuts text into pieces by the automata of runtime/formats/pre_tokenizer_bin.h.
//
//   "I've 12 cats"  with GPT-2's pattern  ->  "I" "'ve" " 12" " cats"
//
// Each automaton cuts the pieces of the one before it. What lies between matches is a piece, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/formats/pre_tokenizer_bin.h"
#include "runtime/host/tokenizer_file.h"

namespace runtime::host {

class PreTokenizer {
 public:
  PreTokenizer() = default;  // the whole text is one piece

  // Checks every table; nothing if one of them leads outside. The bytes must outlive it.
  static std::optional<PreTokenizer> open(std::span<const std::byte> section);

  // Calls `put(piece)` for each piece of `text`, from left to right; no piece is empty.
  template <class Put>
  void split(std::string_view text, Put&& put) const {
    split(text, 0, put);
  }

 private:
  struct Automaton {
    PackedList<std::uint16_t> transitions;
  };

  template <class Put>
  void split(std::string_view text, std::size_t stage, Put& put) const {
    if (stage == automata_.size()) {
      if (!text.empty()) put(text);
      return;
    }
    std::size_t gap = 0;  // where what nothing has matched begins
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = match(automata_[stage], text, at);
      if (end == at) {
        at += character_bytes(text, at);
        continue;
      }
      if (gap < at) split(text.substr(gap, at - gap), stage + 1, put);
      split(text.substr(at, end - at), stage + 1, put);
      gap = at = end;
    }
    if (gap < text.size()) split(text.substr(gap), stage + 1, put);
  }

  // The end of the match that begins at `start`; `start` if there is none.
  std::size_t match(const Automaton& automaton, std::string_view text, std::size_t start) const;
  static std::size_t character_bytes(std::string_view text, std::size_t at);
  std::uint32_t class_of(char32_t code_point) const {
    return class_of_[block_of_[code_point >> 8] * std::size_t{256} + (code_point & 255U)];
  }

  std::uint32_t classes_ = 0;
  PackedList<std::uint16_t> block_of_;
  PackedList<std::uint8_t> class_of_;
  std::vector<Automaton> automata_;
};

}  // namespace runtime::host
