// SPDX-License-Identifier: Apache-2.0
// The punctuation of JSON with the whitespace around it, folded into one text each so that no text
// of an edge is empty and a row of the recognizer ends only where a value or key begins or ends.
//
//   bounded  {"a": 1, "b": [1, 2]}, and line breaks with indents of up to 32 signs
//   compact  {"a":1,"b":[1,2]}
//   any      what RFC 8259 allows: models may then emit whitespace without end
#pragma once

#include <cstdint>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar::schema {

enum class Whitespace : std::uint8_t { bounded, compact, any };

struct Punctuation {
  Punctuation(regex::Expressions& e, Whitespace whitespace);

  regex::Regex gap;          // between tokens; matches the empty text
  regex::Regex some_gap;     // its texts but for the empty one
  regex::Regex open_object;  // with the gap behind it
  regex::Regex open_array;
  regex::Regex close_object;  // with the gap before it
  regex::Regex close_array;
  regex::Regex close_empty_object;  // right after open_object
  regex::Regex close_empty_array;
  regex::Regex comma;  // with the gaps around it
  regex::Regex colon;
};

}  // namespace runtime::grammar::schema
