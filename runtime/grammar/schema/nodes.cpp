// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/nodes.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "runtime/grammar/list.h"

namespace runtime::grammar::schema {

Nodes::Nodes() {
  constexpr std::array<std::uint32_t, 1> kImpossible = {0xffff'ffff};
  sets_.intern(kImpossible);  // kNoValue
  sets_.intern({});           // kAnyValue
}

Literal Nodes::intern(const Atom& atom) {
  const auto address =
      static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(atom.place.schema));
  const std::array<std::uint32_t, 6> key = {
      static_cast<std::uint32_t>(atom.kind),        static_cast<std::uint32_t>(address),
      static_cast<std::uint32_t>(address >> 32),    atom.place.resource,
      static_cast<std::uint32_t>(atom.place.scope), static_cast<std::uint32_t>(atom.node)};
  const std::uint32_t number = atom_keys_.intern(key);
  if (number == atoms_.size()) atoms_.push_back(atom);
  return static_cast<Literal>(2 * number);
}

Node Nodes::of(Literal literal) {
  const std::array<std::uint32_t, 1> set = {static_cast<std::uint32_t>(literal)};
  return static_cast<Node>(sets_.intern(set));
}

Node Nodes::both(Node a, Node b) {
  if (a == b || b == kAnyValue) return a;
  if (a == kAnyValue) return b;
  if (a == kNoValue || b == kNoValue) return kNoValue;
  const auto of_a = literals(a);
  const auto of_b = literals(b);
  List<std::uint32_t> set;
  set.reserve(of_a.size() + of_b.size());
  std::set_union(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(set));
  for (std::size_t i = 1; i < set.size(); ++i)  // a literal and its negation are neighbours
    if ((set[i - 1] ^ 1) == set[i]) return kNoValue;
  return static_cast<Node>(sets_.intern(set));
}

Node Nodes::negation(Node a) {
  if (a == kNoValue) return kAnyValue;
  if (a == kAnyValue) return kNoValue;
  const auto set = literals(a);
  auto only = static_cast<Literal>(set[0]);
  if (set.size() > 1) {
    only = intern({.kind = Atom::Kind::group, .node = a});
  } else if (atom(only).kind == Atom::Kind::group) {
    return atom(only).node;
  }
  return of(negated(only));
}

}  // namespace runtime::grammar::schema
