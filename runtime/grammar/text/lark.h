// SPDX-License-Identifier: Apache-2.0
// Lark's grammars, as far as they say which texts there are.
//
//   start: NAME "(" [arg ("," arg)*] ")"
//   ?arg: NAME | SIGNED_INT -> number
//   NAME: /[a-z_]\w*/ & ~("true" | "false")
//   %import common (SIGNED_INT, WS)
//   %ignore WS
//
// The texts are those of the context-free grammar in which what is ignored may stand before each
// terminal and at the end. No longest match and no priority shuts a reading out: "if" is a NAME
// too, unless NAME says otherwise with & and ~ (all of them; the texts that are not).
//
// Rules with ? or !, aliases and priorities are read and change nothing. Terminals are strings,
// "…"i, "a".."z", regular expressions with the flags i, s and u, and those of lark's common grammar
// that kCommon in lark_terminals.cpp lists. Refused by name: other imports, templates, %declare,
// %override, %extend, look-ahead and anchors in terminals, terminals that call themselves.
#pragma once

#include <string_view>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/result.h"

namespace runtime::grammar::text {

// Returns the state from which the rule `start` is read. A refusal's `where` is line:column.
Result<State> add_lark(Grammar& grammar, std::string_view text, std::string_view start = "start");

}  // namespace runtime::grammar::text
