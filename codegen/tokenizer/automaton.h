// SPDX-License-Identifier: Apache-2.0
// From patterns to automata that need no backtracking: the subset construction over ordered lists
// of threads, so that a match is the one a backtracking matcher would find first.
//
//   a|ab  on "ab"   matches "a": the second alternative is dropped where the first has matched
//
// Characters fall into classes that no set of any pattern tells apart; a look at the next character
// is decided when that character is read (runtime/formats/pre_tokenizer_bin.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codegen/tokenizer/pattern.h"

namespace codegen::tokenizer {

struct CharacterClasses {
  struct Run {
    char32_t start;
    std::uint8_t of_class;
  };
  std::vector<Run> runs;  // each lasts until the next begins; the first starts at 0
  std::uint32_t count = 0;
  std::vector<char32_t> members;  // one code point of each class
};

// Nothing if there are more than kMaxClasses.
std::optional<CharacterClasses> classes_of(std::span<const Pattern> patterns);

struct Automaton {
  std::uint32_t states = 0;
  std::vector<std::uint16_t> transitions;  // [states][classes + 1]
  bool reads_on = false;  // may read far beyond its matches, again and again (kStageRemembers)
};

// Nothing, with the reason in `why`, if the pattern needs too many states, or matches text of no
// length.
std::optional<Automaton> automaton_of(const Pattern& pattern, const CharacterClasses& classes,
                                      std::string& why);

// One stage of runtime/formats/pre_tokenizer_bin.h.
struct CutStage {
  std::uint32_t flags = 0;
  Automaton automaton;
};

// The section of tokenizer.bin.
std::vector<std::byte> pre_tokenizer_section(const CharacterClasses& classes,
                                             std::span<const CutStage> stages);

}  // namespace codegen::tokenizer
