// SPDX-License-Identifier: Apache-2.0
// Sets of characters that Unicode names, as in \p{Letter}.
//
//   unicode_property("Lu")                      // upper-case letters
//   unicode_property("General_Category=Lu")     // the same
//
// In a page its script engine knows them all, and they are asked of it: tables for what few
// patterns ask would be a thirtieth of the module. Elsewhere the general categories, Any, ASCII and
// Assigned are known.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/grammar/regex/code_points.h"

namespace runtime::grammar::regex {

// By ECMA-262's short or long names (UnicodePropertyValueExpression); none for other names.
std::optional<CodePoints> unicode_property(std::string_view name);

}  // namespace runtime::grammar::regex
