// SPDX-License-Identifier: Apache-2.0
// One text for every JSON value, so that values are equal where their texts are: what uniqueItems
// compares.
//
//   unique_text("{\"b\": 1.50, \"a\": [1e2]}")    // {"a":[100],"b":1.5}
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

// `json`: a JSON text. Empty where it is none, or too deep.
std::string unique_text(std::string_view json);

// The JSON text of a string in its one shortest spelling, and of nothing else.
std::string quote(std::string_view text);

// All plain spellings of these scalars: of a number those without exponent, of a string the one
// above.
regex::Regex plain_spellings(regex::Expressions& e, std::span<const std::string> unique_texts);

}  // namespace runtime::grammar::schema
