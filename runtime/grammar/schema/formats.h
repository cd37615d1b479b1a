// SPDX-License-Identifier: Apache-2.0
// The strings that a `format` allows, for those formats that can be said exactly.
//
//   format_strings(e, "date")      // 2024-02-29, not 2023-02-29
//   format_strings(e, "path")      // nothing: such a format says nothing
#pragma once

#include <string_view>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

// As JSON text, in all spellings; nothing for other formats, which are comments.
regex::Regex format_strings(regex::Expressions& e, std::string_view name);

// Whether that is a format of the standard that cannot be enforced.
bool is_format_beyond_us(std::string_view name);

}  // namespace runtime::grammar::schema
