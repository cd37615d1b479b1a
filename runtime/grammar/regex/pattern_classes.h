// SPDX-License-Identifier: Apache-2.0
// The classes of characters that patterns name.
//
//   named_class('d')                             // 0 to 9
//   without_regard_to_case(CodePoints::of("k"))  // k, K and the Kelvin sign
#pragma once

#include <optional>
#include <string_view>

#include "runtime/grammar/regex/code_points.h"

namespace runtime::grammar::regex {

// \d, \w, \s as ECMA-262 has them, and their complements \D, \W, \S; none for other letters.
std::optional<CodePoints> named_class(char letter);
// What "." matches: all but line ends.
CodePoints any_but_line_ends();
// [:alpha:] and so on, of ASCII.
std::optional<CodePoints> posix_class(std::string_view name);
// With the other cases of its letters; none where letters outside ASCII would need a table.
std::optional<CodePoints> without_regard_to_case(const CodePoints& set);

}  // namespace runtime::grammar::regex
