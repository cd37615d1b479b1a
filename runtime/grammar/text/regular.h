// SPDX-License-Identifier: Apache-2.0
// Grammars that are one expression: a regular expression, or a list of texts.
//
//   add_regex(grammar, "[a-z]{2,8}(-[0-9]+)?");       // the whole answer matches it
//   add_choices(grammar, choices);                    // the answer is one of these
#pragma once

#include <span>
#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::text {

// The pattern is ECMA-262's unless the options say otherwise, and matches the whole text.
Result<State> add_regex(Grammar& grammar, std::string_view pattern,
                        const regex::PatternOptions& options = {});
Result<State> add_choices(Grammar& grammar, std::span<const std::string_view> choices);
// Any other expression, over the bytes of the text.
Result<State> add_expression(Grammar& grammar, regex::Regex expression);

}  // namespace runtime::grammar::text
