// SPDX-License-Identifier: Apache-2.0
// RawStrings: the strings that a JSON Schema allows, written without quotes and escapes, as formats
// with tagged parameters want them.
//
//   schema    {"enum": ["a\nb", "c"]}     JSON text   "a\nb"   "c"
//   raw text  a, a line break, b          or c
//
// A state is what is left to read of the JSON text; a raw byte takes the derivative by its escaped
// spelling. So the schema's own expression is enforced, whatever it is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/expressions.h"
#include "runtime/grammar/schema/automaton_states.h"

namespace runtime::grammar::tags {

class RawStrings : public Automaton {
 public:
  RawStrings(std::uint32_t index, regex::Expressions& e) : index_(index), e_(e) {}

  // The strings among the JSON texts `json` that hold none of the `forbidden` texts, written raw;
  // none where there is no such string.
  std::optional<State> start(regex::Regex json, std::span<const ByteString> forbidden);

  bool expand(State state, List<Edge>& edges) override;

 private:
  State state_of(regex::Regex rest);

  std::uint32_t index_;
  regex::Expressions& e_;
  schema::Sequences rests_;  // by state: the JSON text that is left, its closing quote included
};

// The JSON texts of strings that are spelled as json::spelling does throughout and hold none of
// these texts.
regex::Regex strings_without(regex::Expressions& e, std::span<const ByteString> forbidden);

}  // namespace runtime::grammar::tags
