// SPDX-License-Identifier: Apache-2.0
// SchemaAutomaton: the texts of the values of a schema's normal form. Its states are short
// sequences of words, interned when an edge first leads to them.
//
//   value (node)  --scalars--> end   --"{"--> object   --"["--> array
//   object        --, "key": and a scalar--> object    --, "key":--> pick    --"}"--> end
//   array         --, and a scalar--> array            --,--> pick           --"]"--> end
//   pick (node, state) …  --call value--> state …
//
// A key and a scalar behind it are one text, so that a property is one row of the recognizer; and
// where an object has many keys they come in blocks of powers of two that all states share, so that
// a state of an object with n keys has about log n edges.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/grammar/automaton.h"
#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/arrays.h"
#include "runtime/grammar/schema/automaton_states.h"
#include "runtime/grammar/schema/forms.h"
#include "runtime/grammar/schema/objects.h"
#include "runtime/grammar/schema/satisfiable.h"
#include "runtime/grammar/schema/whitespace.h"

namespace runtime::grammar::schema {

// How answers are laid out.
struct Layout {
  Whitespace whitespace = Whitespace::bounded;
  KeyOrder key_order = KeyOrder::declared;
};

class SchemaAutomaton : public Automaton {
 public:
  SchemaAutomaton(std::uint32_t index, regex::Expressions& e, std::unique_ptr<Forms> forms,
                  const Layout& layout);

  // What of the schema cannot be enforced, or that it has no value.
  Refusal check() { return satisfiable_.explore(forms_->root()); }
  State start();
  // A value of a node that the root reaches, without whitespace around it; whether it has one.
  State value(Node node) { return make({{kValue, static_cast<std::uint32_t>(node)}}); }
  bool has_value(Node node) { return satisfiable_.has_value(node); }

  bool expand(State state, List<Edge>& edges) override;
  std::optional<State> after(State state, std::size_t edge, std::string_view text) override;

 private:
  using Words = List<std::uint32_t>;

  // The first word of a state, and the words behind it.
  enum Kind : std::uint32_t {
    kEnd,
    kText,       // node: a value with whitespace around it
    kTail,       // the whitespace behind it
    kValue,      // node
    kComposite,  // node: its arrays and objects
    kCall,       // state, state: the first, then the second
    kPick,       // (node, state) …
    kObject,     // shape, ObjectState
    kArray,      // shape, whether a comma was read, ArrayState
  };

  struct ObjectShape {
    Object object;
    List<List<regex::Regex>> blocks;  // by level: of 2^level keys each
  };

  State make(std::span<const std::uint32_t> words);
  Words words_of(State state) const;
  std::uint32_t shape(Node node, std::size_t alternative, bool is_object);

  State object_state(std::uint32_t shape, const ObjectState& state);
  ObjectState object_of(const Words& words) const;
  State array_state(std::uint32_t shape, const ArrayState& state, bool after_comma);
  ArrayState array_of(const Words& words) const;

  void expand_composite(Node node, List<Edge>& edges);
  void expand_object(const Words& words, List<Edge>& edges);
  void add_keys(std::uint32_t shape, const ObjectState& state, regex::Regex prefix,
                List<Edge>& edges);
  void add_free_keys(std::uint32_t shape, const ObjectState& state, regex::Regex prefix,
                     List<Edge>& edges);
  // Edges that read `prefix` and a value that a key of the object may have, and lead to `next`.
  void add_values(regex::Regex prefix, std::uint32_t shape, const Object::Meetings& meetings,
                  ObjectState next, List<Edge>& edges);
  regex::Regex block(ObjectShape& shape, std::size_t level, std::size_t index);
  std::optional<State> after_key(const Words& words, std::string_view text);
  void expand_array(const Words& words, List<Edge>& edges);
  // The same for unique items; `counted`: which contains count what a capturing edge reads.
  void expand_unique(const Words& words, List<Edge>& edges, List<std::uint32_t>& counted);
  std::optional<State> after_item(const Words& words, std::size_t edge, std::string_view text);
  // Edges that read `prefix` and a value of `node`.
  void add_value(regex::Regex prefix, Node node, State next, List<Edge>& edges);

  std::uint32_t number_of(std::string_view text);
  ByteString text_of(std::uint32_t number) const;

  std::uint32_t index_;
  regex::Expressions& e_;
  std::unique_ptr<Forms> forms_;
  Layout layout_;
  Punctuation punctuation_;
  Satisfiable satisfiable_;
  Sequences states_;
  Sequences texts_;                             // keys and items that may not come again
  Sequences shape_ids_;                         // (node, alternative, is_object): index in shapes
  List<std::unique_ptr<ObjectShape>> objects_;  // by shape; nullptr where it is an array
  List<std::unique_ptr<Array>> arrays_;
};

}  // namespace runtime::grammar::schema
