// SPDX-License-Identifier: Apache-2.0
// GBNF, the grammars of llama.cpp.
//
//   root   ::= "{" (pair ("," pair)*)? "}"     # a rule ends with its line, outside of parentheses
//   pair   ::= [a-z_]+ ":" [^,}\n]{1,20}
//
// Literals, classes of characters, "." (any character), parentheses, "|", "*", "+", "?", {n},
// {n,}, {,m}, {n,m}; escapes \n \r \t \\ \" \[ \] \- \^ \xHH \uHHHH \UHHHHHHHH. The text is UTF-8;
// what no rule can complete is left out; tokens by number (<[12]>) are refused.
#pragma once

#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::text {

// Returns the state from which the rule `root` is read. A refusal's `where` is line:column.
Result<State> add_gbnf(Grammar& grammar, std::string_view text, std::string_view root = "root");

}  // namespace runtime::grammar::text
