// SPDX-License-Identifier: Apache-2.0
// Nodes: interned sets of literals. A literal is a schema that must hold, or one that must not; a
// node asks for all of its literals together. The negation of a node of several literals is one
// literal, which remembers the node.
//
//   both({A}, {B})         ->  {A, B}
//   negation({A})          ->  {not A}
//   negation({A, B})       ->  {not {A, B}}
//   both({A}, {not A})     ->  kNoValue
#pragma once

#include <cstdint>
#include <span>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/automaton_states.h"
#include "runtime/grammar/schema/documents.h"
#include "runtime/grammar/schema/normal_form.h"

namespace runtime::grammar::schema {

struct Atom {
  enum class Kind : std::uint8_t {
    schema,       // what `place` allows
    conditional,  // what its `if`, `then` and `else` allow
    any_of,       // what a schema of the list at `place` allows
    one_of,       // and no other
    dependent,    // objects: what the schemas at `place` allow whose keys are there
    constant,     // the one value at `place`
    enumeration,  // a value of the list at `place`
    group,        // what `node` allows; only as negated literal
  };

  Kind kind = Kind::schema;
  Place place;
  Node node = kAnyValue;
};

// The number of an atom, doubled; plus one where it must not hold.
enum class Literal : std::uint32_t {};

inline bool is_negated(Literal a) { return (static_cast<std::uint32_t>(a) & 1) != 0; }
inline Literal negated(Literal a) {
  return static_cast<Literal>(static_cast<std::uint32_t>(a) ^ 1);
}

class Nodes {
 public:
  Nodes();

  Node of(const Atom& atom) { return of(intern(atom)); }
  Node of(Literal literal);
  Node both(Node a, Node b);
  Node negation(Node a);
  Node either(Node a, Node b) { return negation(both(negation(a), negation(b))); }

  // In ascending order; of a node other than kNoValue. Valid until a node is made.
  std::span<const std::uint32_t> literals(Node a) const {
    return sets_[static_cast<std::uint32_t>(a)];
  }
  const Atom& atom(Literal a) const { return atoms_[static_cast<std::uint32_t>(a) >> 1]; }
  std::uint32_t size() const { return sets_.size(); }
  std::uint32_t literal_count() const { return static_cast<std::uint32_t>(2 * atoms_.size()); }

 private:
  Literal intern(const Atom& atom);

  List<Atom> atoms_;
  Sequences atom_keys_;
  Sequences sets_;
};

}  // namespace runtime::grammar::schema
