// SPDX-License-Identifier: Apache-2.0
// JSON's scalars as texts. Where a string is meant, it comes with its quotes and in all spellings
// that JSON has for it: each character raw or by any escape (well-formed UTF-8, surrogates in
// pairs only).
//
//   exactly(e, "a/b")           // "a/b", "a\/b", "\u0061/b" …
//   string_of(e, 2, 5)          // two to five characters (code points), whatever they are
//   strings_except(e, r)        // every string that is not in r
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::regex {

Regex any_string(Expressions& e);
// Of so many code points; `max` may be kUnbounded. Counted, not unrolled.
Regex string_of(Expressions& e, std::uint32_t min, std::uint32_t max);
// `content` between quotes: what parse_pattern and spelled() make for Text::json_string.
Regex quoted(Expressions& e, Regex content);
// The string that decodes to `utf8`; kNothing if that is malformed.
Regex exactly(Expressions& e, std::string_view utf8);
// Any of these strings.
Regex any_of(Expressions& e, std::span<const std::string_view> utf8);
// The strings that are not in `strings`.
Regex strings_except(Expressions& e, Regex strings);

Regex any_number(Expressions& e);
Regex any_scalar(Expressions& e);  // null, true, false, a number or a string

}  // namespace runtime::grammar::regex
