// SPDX-License-Identifier: Apache-2.0
// One text for every JSON value, so that values are equal where their texts are: what uniqueItems
// compares.
//
//   unique_text("{\"b\": 1.50, \"a\": [1e2]}")    // {"a":[100],"b":1.5}
#pragma once

#include <span>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

// `json`: a JSON text. Empty where it is none, or too deep.
ByteString unique_text(std::string_view json);

// All plain spellings of these scalars: of a number those without exponent, of a string the one
// of json::quote.
regex::Regex plain_spellings(regex::Expressions& e, std::span<const ByteString> unique_texts);

}  // namespace runtime::grammar::schema
