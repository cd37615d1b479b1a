// SPDX-License-Identifier: Apache-2.0
// How names stand in graph text: bare where that is possible, otherwise quoted.
//
//   @model.norm.weight   @"name with spaces"   func forward   func "forward-2"
#pragma once

#include <string>
#include <string_view>

namespace ir::graph {

// Letters, digits and _ : what words are made of. They do not begin with a digit.
bool is_word_character(char c);
bool is_word(std::string_view text);
// The same with . - and / : what a name that follows @ or % may hold without quotes.
bool is_name_character(char c);
// In quotes, with \" \\ \n and \xHH for quotes, backslashes, newlines and other control characters.
std::string quoted(std::string_view text);
// A name that follows @ or %: itself, or quoted.
std::string name_text(std::string_view name);
// A name that stands alone: a word, or quoted.
std::string word_text(std::string_view name);

}  // namespace ir::graph
