// SPDX-License-Identifier: Apache-2.0
// Regular expressions as people write them, to Regex: exactly, or refused by the name of what is
// not supported.
//
//   parse_pattern(e, "^[a-z]+$", {.text = Text::json_string, .search = true});
//     ->  the contents of the JSON strings that JSON Schema's "pattern" allows
//   parse_pattern(e, "a(?<=b)c", {});
//     ->  Refusal: "look-behind is not supported, at character 2 of the pattern"
//
// ECMA-262 in Unicode mode, as lenient as schemas in the wild want it (a letter escaped in vain
// stands for itself, "]" and "{" where nothing is open too). \d, \w and \s are ECMA's, "." is any
// character but a line end. Anchors, word boundaries and look-ahead may stand anywhere but in a
// group that repeats. Lazy quantifiers match the same texts as greedy ones.
#pragma once

#include <string_view>

#include "runtime/grammar/regex/code_points.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::regex {

struct PatternOptions {
  enum class Dialect : std::uint8_t {
    ecma,
    rust,  // as Lark grammars are written: (?i), (?s), (?x), \A, \z, \x{…}; [a&&b] is refused
  };

  Dialect dialect = Dialect::ecma;
  Text text = Text::utf8;
  bool search = false;       // somewhere in the text (JSON Schema), not the whole text
  bool ignore_case = false;  // letters match in both cases
  bool dot_all = false;      // "." is any character at all
  // Refuses what looks around itself: for patterns of pieces of a text.
  bool without_context = false;
};

// The texts that match; for Text::json_string without the quotes. A refusal's message names the
// position; its `where` is left to the caller.
Result<Regex> parse_pattern(Expressions& e, std::string_view pattern,
                            const PatternOptions& options);

}  // namespace runtime::grammar::regex
