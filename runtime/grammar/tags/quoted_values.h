// SPDX-License-Identifier: Apache-2.0
// QuotedValues: the values of a JSON automaton in another spelling, that of Gemma 4: strings stand
// between marks of several bytes and know no escapes, keys have no quotes.
//
//   {"city":"Zürich","days":[1,2]}    ->    {city:<|"|>Zürich<|"|>,days:[1,2]}
//
// A state is a state of the other automaton, or what is left to read of a text of its, which is
// read in JSON's spelling while the answer is written in this one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/automaton_states.h"

namespace runtime::grammar::tags {

class QuotedValues : public Automaton {
 public:
  // Only of automata whose strings lie within one text each, as those of schemas do.
  QuotedValues(std::uint32_t index, Grammar& grammar, std::string_view quote);

  // The values that `json` begins. Edges that want to see their text are left out.
  State start(State json) { return at(json, {}); }

  bool expand(State state, List<Edge>& edges) override;

 private:
  enum class Container : std::uint8_t { none, array, object };
  enum class Inside : std::uint8_t { nothing, key, string };

  // Where in a value the text is, as far as this automaton has read it.
  struct Mode {
    Container container = Container::none;
    bool key_is_next = false;
    Inside inside = Inside::nothing;
  };

  State at(State json, Mode mode);
  State within(State next, regex::Regex rest, Mode mode);
  bool expand_json(State json, Mode mode, List<Edge>& edges);
  bool expand_rest(State next, regex::Regex rest, Mode mode, List<Edge>& edges);
  void add_string_bytes(State next, regex::Regex rest, Mode mode, List<Edge>& edges);
  void add_bytes(State next, regex::Regex rest, Mode mode, List<Edge>& edges);
  State make(std::initializer_list<std::uint32_t> words);
  static Mode after(Mode mode, char byte);

  std::uint32_t index_;
  Grammar& grammar_;
  regex::Expressions& e_;
  ByteString quote_;
  regex::Regex sayable_;  // JSON texts whose strings can be written so
  schema::Sequences states_;
};

}  // namespace runtime::grammar::tags
