// SPDX-License-Identifier: Apache-2.0
// Cuts text into pieces by the automata of runtime/formats/pre_tokenizer_bin.h.
//
//   "I've 12 cats"  with GPT-2's pattern  ->  "I" "'ve" " 12" " cats"
//
// Each stage cuts the pieces of the one before it. What lies between matches is a piece, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/formats/pre_tokenizer_bin.h"
#include "runtime/host/tokenizer_file.h"
#include "runtime/host/utf8.h"

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

  std::size_t stages() const { return stages_.size(); }

  // Calls `take(piece, matched)` for each piece that the first stage, which is there, cuts.
  template <class Take>
  void cut(std::string_view text, Take&& take) const {
    cut(stages_[0], text, take);
  }

 private:
  struct Stage {
    std::uint32_t flags = 0;
    // The automaton's table, with the number of a state's first entry instead of the state. In one
    // of these entries: kDead, or that number, and kMatch.
    std::vector<std::uint32_t> table;
    std::vector<std::uint8_t> class_of_byte;  // of the first 128; of a stage that reads bytes: all
  };
  static constexpr std::uint32_t kMatch = 1U << 31;
  static constexpr std::uint32_t kDead = kMatch - 1;
  struct Cut {  // a match, or a gap between matches
    std::size_t start = 0;
    std::size_t end = 0;
    bool matched = false;
  };

  template <class Put>
  void split(std::string_view text, std::size_t number, Put& put) const {
    if (text.empty()) return;
    if (number == stages_.size()) return put(text);
    const Stage& stage = stages_[number];
    if ((stage.flags & formats::kStageSpaceBefore) != 0) {
      if (text.front() == ' ') return split(text, number + 1, put);
      return split(std::string_view((" " + std::string(text))), number + 1, put);
    }
    cut(stage, text, [&](std::string_view piece, bool matched) {
      if (!dropped(stage.flags, matched)) split(piece, number + 1, put);
    });
  }

  template <class Take>
  void cut(const Stage& stage, std::string_view text, Take&& take) const {
    Cut pending;
    const auto add = [&](Cut next) {
      if (joins(stage.flags, pending, next)) {
        next.start = pending.start;
      } else if (pending.start < pending.end) {
        take(text.substr(pending.start, pending.end - pending.start), pending.matched);
      }
      pending = next;
    };
    const bool remembers = (stage.flags & formats::kStageRemembers) != 0;
    Memory memory;
    std::size_t gap = 0;  // where what nothing has matched begins
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end =
          remembers ? match_remembering(stage, text, at, memory) : match(stage, text, at);
      if (end == at) {
        at += unit_bytes(stage, text, at);
        continue;
      }
      if (gap < at) add({gap, at, false});
      add({at, end, true});
      gap = at = end;
    }
    if (gap < text.size()) add({gap, text.size(), false});
    add({text.size(), text.size(), false});
  }

  static bool joins(std::uint32_t flags, const Cut& left, const Cut& right) {
    if (left.start == left.end || right.start == right.end) return false;
    const std::uint32_t wanted = !right.matched ? formats::kStageJoinMatchGap
                                 : left.matched ? formats::kStageJoinMatches
                                                : formats::kStageJoinGapMatch;
    return (flags & wanted) != 0;
  }
  static bool dropped(std::uint32_t flags, bool matched) {
    return (flags & (matched ? formats::kStageDropMatches : formats::kStageDropGaps)) != 0;
  }

  // The end of the match that begins at `start`; `start` if there is none.
  std::size_t match(const Stage& stage, std::string_view text, std::size_t start) const;
  // For each place of a text a bit for each state that leads to no match from there.
  using Memory = std::vector<std::uint64_t>;
  // The same as match(), for stages that remember.
  std::size_t match_remembering(const Stage& stage, std::string_view text, std::size_t start,
                                Memory& memory) const;
  // Of what the stage reads next: a character, or a byte.
  static std::size_t unit_bytes(const Stage& stage, std::string_view text, std::size_t at) {
    return (stage.flags & formats::kStageBytes) != 0 ? 1 : decode_utf8(text.substr(at)).bytes;
  }
  Stage stage_of(const formats::PreTokenizerStage& stage,
                 const PackedList<std::uint16_t>& transitions) const;
  std::uint32_t class_of(char32_t code_point) const {
    return class_of_[block_of_[code_point >> 8] * std::size_t{256} + (code_point & 255U)];
  }

  std::uint32_t classes_ = 0;
  PackedList<std::uint16_t> block_of_;
  PackedList<std::uint8_t> class_of_;
  std::vector<Stage> stages_;
};

}  // namespace runtime::host
