// SPDX-License-Identifier: Apache-2.0
// The syntax of patterns: text to a tree, groups and classes resolved to sets of characters.
//
//   "a(?:b|[cd])*$"  ->  sequence(set a, repeat(either(set b, set cd), 0, unbounded), text_end)
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::regex {

struct PatternNode {
  enum class Kind : std::uint8_t {
    set,       // one character of sets[set]
    sequence,  // of parts; empty: the empty text
    either,    // of parts
    repeat,    // of parts[0], min to max times
    text_start,
    text_end,
    boundary,    // between a word character and another, or an end of the text
    look_ahead,  // at parts[0]
  };

  Kind kind = Kind::sequence;
  bool is_negated = false;   // of boundary and look_ahead
  bool has_context = false;  // looks at what is around the text that it matches
  std::uint32_t set = 0;
  std::uint32_t min = 1, max = 1;
  List<std::uint32_t> parts;
};

struct PatternTree {
  List<PatternNode> nodes;
  List<CodePoints> sets;
  std::uint32_t root = 0;
};

Result<PatternTree> parse_pattern_syntax(Arena& arena, std::string_view pattern,
                                         const PatternOptions& options);

}  // namespace runtime::grammar::regex
