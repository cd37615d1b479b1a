// SPDX-License-Identifier: Apache-2.0
// The regular expressions that tokenizers cut text with, parsed. The subset: literals, classes
// (with classes inside and &&), \s \w \d \h \p{..} and their negations, groups (?: ) and (?i: ),
// the repeats ? * + {m,n}, greedy, lazy or possessive, and a look at one character ahead, (?!\S),
// (?=x) or \z. That covers GPT-2's pattern and those of the families after it.
//
//   parse_pattern(R"( ?\p{L}+|\s+(?!\S)|\s+)")
//   = any of ( [" "]? [L]+ , [\s]+ look-ahead-not[\S] , [\s]+ )
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/tokenizer/code_point_set.h"

namespace codegen::tokenizer {

struct Pattern {
  enum class Kind : std::uint8_t {
    one_of,    // one character of `set`
    sequence,  // all children, one after another
    any,       // the first child that fits
    repeat,    // the only child, least to most times, as often as possible (lazy: as seldom)
    look       // nothing, if the next character is in `set` (or the text ends, if `or_end`)
  };
  static constexpr std::uint32_t kNoLimit = 0xffff'ffffU;

  Kind kind = Kind::sequence;
  CodePointSet set;
  bool or_end = false;
  std::uint32_t least = 0;
  std::uint32_t most = 0;
  bool lazy = false;
  bool possessive = false;
  std::vector<Pattern> children;
};

// Nothing for what the subset lacks, with the reason in `why`. A possessive repeat is read as a
// greedy one; where the two differ, it is not in the subset.
std::optional<Pattern> parse_pattern(std::string_view text, std::string& why);

// The pattern that matches `text` (UTF-8) and nothing else.
Pattern literal_pattern(std::string_view text);

}  // namespace codegen::tokenizer
