// SPDX-License-Identifier: Apache-2.0
// The pieces of Lark's terminals.
//
//   lark_string(in, e, regex)    // at a quote: "if", "if"i, "a".."z"
//   lark_pattern(in, e, regex)   // at a slash: /[a-z]+/i
//   common_terminal("INT")       // "[0-9]+"
#pragma once

#include <optional>
#include <string_view>

#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/text/scanner.h"

namespace runtime::grammar::text {

// False where the scanner has a refusal.
bool lark_string(Scanner& in, regex::Expressions& e, regex::Regex& result);
bool lark_pattern(Scanner& in, regex::Expressions& e, regex::Regex& result);

// The pattern of a terminal of lark's common grammar.
std::optional<std::string_view> common_terminal(std::string_view name);

}  // namespace runtime::grammar::text
