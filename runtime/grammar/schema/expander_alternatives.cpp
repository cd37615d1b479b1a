// SPDX-License-Identifier: Apache-2.0
// The alternatives of literals and nodes, and which of them cannot be.
#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

using json::Value;

const Alternatives& Expander::alternatives(Literal literal, Composite kind, Mode mode) {
  if (is_negated(literal)) mode = Mode::plain;
  const std::size_t index = 6 * static_cast<std::size_t>(literal) +
                            3 * static_cast<std::size_t>(kind) + static_cast<std::size_t>(mode);
  if (index >= alternatives_.size()) alternatives_.resize(std::size_t{6} * nodes_.literal_count());
  if (alternatives_[index].list) return *alternatives_[index].list;
  Alternatives list;
  if (alternatives_[index].busy || depth_ >= kMaxDepth) {
    refuse("the schema refers to itself without an item or property between",
           *nodes_.atom(literal).place.schema);
  } else {
    ++depth_;
    alternatives_[index].busy = true;
    list = compute(literal, kind, mode);
    if (kind == Composite::object && mode == Mode::plain &&
        nodes_.atom(literal).kind == Atom::Kind::schema)
      conjunction_.simplify(list);
    --depth_;
  }
  if (refusal_) list.clear();
  alternatives_[index].list = std::make_unique<Alternatives>(std::move(list));
  return *alternatives_[index].list;
}

Alternatives Expander::compute(Literal literal, Composite kind, Mode mode) {
  const Atom atom = nodes_.atom(literal);
  const Value* value = atom.place.schema;
  const bool negate = is_negated(literal);
  List<Node> nodes;
  switch (atom.kind) {
    case Atom::Kind::schema:
      return negate ? negative(site(literal), kind) : positive(site(literal), kind, mode);
    case Atom::Kind::conditional: {
      Condition parts = condition(site(literal));
      if (negate) {
        parts.then = nodes_.negation(parts.then);
        parts.otherwise = nodes_.negation(parts.otherwise);
      }
      return conditional(parts, kind, mode);
    }
    case Atom::Kind::dependent:
      if (kind == Composite::object) return dependent(atom.place, negate, mode);
      return negate ? Alternatives{} : Alternatives{conjunction_.any()};
    case Atom::Kind::constant:
      if (value->is(Value::Kind::array) && kind == Composite::array)
        return negate ? not_constant_array(atom.place) : constant_array(atom.place);
      if (value->is(Value::Kind::object) && kind == Composite::object)
        return negate ? not_constant_object(atom.place) : constant_object(atom.place);
      return negate ? Alternatives{conjunction_.any()} : Alternatives{};
    case Atom::Kind::one_of:
      nodes = children(atom.place, value);
      return negate ? not_one_of(nodes, kind) : one_of(nodes, kind, mode);
    case Atom::Kind::any_of:
      nodes = children(atom.place, value);
      break;
    case Atom::Kind::enumeration:
      for (const Value& one : value->items)
        if (!is_scalar(one)) nodes.push_back(constant(atom.place, one));
      break;
    case Atom::Kind::group: {
      const auto set = nodes_.literals(atom.node);
      for (const std::uint32_t part : List<std::uint32_t>(set.begin(), set.end()))
        nodes.push_back(nodes_.of(negated(static_cast<Literal>(part))));
      return any_of(nodes, kind, Mode::plain);
    }
  }
  return negate ? none_of(nodes, kind) : any_of(nodes, kind, mode);
}

Alternatives Expander::alternatives(Node node, Composite kind, Mode mode) {
  if (node == kNoValue || refusal_) return {};
  Alternatives all = {conjunction_.any()};
  const auto set = nodes_.literals(node);
  const List<std::uint32_t> literals(set.begin(), set.end());
  if (literals.size() == 1) return alternatives(static_cast<Literal>(literals[0]), kind, mode);
  for (const std::uint32_t literal : literals) {
    all = product(all, alternatives(static_cast<Literal>(literal), kind, mode), kind);
    if (all.empty()) break;
    if (kind == Composite::object && mode == Mode::plain) conjunction_.simplify(all);
  }
  return all;
}

Alternatives Expander::product(const Alternatives& a, const Alternatives& b, Composite kind) {
  Alternatives out;
  for (const Alternative& x : a) {
    for (const Alternative& y : b) {
      if (!e_.fuel().spend(16)) {
        refuse("the schema is too large to be brought into normal form", *documents_.root().schema);
        return {};
      }
      Alternative both = x;
      if (!conjunction_.add(both, y, kind)) continue;
      if (a.size() * b.size() > 1 && !is_possible(both, kind)) continue;
      drop_met_demands(both.object);
      if (out.size() >= std::max({a.size(), b.size(), kMaxProduct})) {
        refuse("the schema has too many alternatives", *documents_.root().schema);
        return {};
      }
      out.add(std::move(both));
    }
  }
  return out;
}

void Expander::append(Alternatives& to, Alternatives from) {
  if (to.size() + from.size() > kMaxAlternatives)
    return refuse("the schema has too many alternatives", *documents_.root().schema);
  to.add(std::move(from));
}

// --- what cannot be -----------------------------------------------------------------------------

bool Expander::is_possible(const Alternative& alternative, Composite kind) {
  if (kind == Composite::array) return true;
  return std::ranges::none_of(alternative.object.properties, [&](const Property& property) {
    return property.required && is_surely_empty(property.value);
  });
}

// Those that a required property meets, whichever of its values it has.
void Expander::drop_met_demands(ObjectForm& object) {
  List<bool> met(object.demands());
  for (const Option& option : object.options) {
    if (option.property == kNoLimit || met[option.demand]) continue;
    const Property& property = object.properties[option.property];
    met[option.demand] = property.required && is_surely_empty(nodes_.both(
                                                  property.value, nodes_.negation(option.value)));
  }
  erase_if(object.options, [&](const Option& option) { return met[option.demand]; });
  Conjunction::number_demands(object);
}

// True only where a schema has no value; looks at scalars only.
bool Expander::is_surely_empty(Node node) {
  enum : std::uint8_t { unknown, no, yes };
  if (node == kNoValue || node == kAnyValue) return node == kNoValue;
  if (nodes_.literals(node).size() == 1) return false;
  const auto index = static_cast<std::size_t>(node);
  if (index >= emptiness_.size()) emptiness_.resize(nodes_.size());
  if (emptiness_[index] == unknown) {
    const bool empty = !may_be_composite(node, 0) && sets_.is_nothing(scalars(node));
    emptiness_[index] = empty ? yes : no;
  }
  return emptiness_[index] == yes;
}

// False only where a schema surely has neither arrays nor objects.
bool Expander::may_be_composite(Node node, std::uint32_t depth) {
  if (node == kNoValue) return false;
  const auto set = nodes_.literals(node);
  for (const std::uint32_t number : List<std::uint32_t>(set.begin(), set.end())) {
    const auto literal = static_cast<Literal>(number);
    const Atom atom = nodes_.atom(literal);
    if (is_negated(literal) || depth > 4) continue;
    if (atom.kind == Atom::Kind::constant && is_scalar(*atom.place.schema)) return false;
    if (atom.kind == Atom::Kind::enumeration &&
        std::ranges::all_of(atom.place.schema->items, is_scalar))
      return false;
    if (atom.kind != Atom::Kind::schema) continue;
    const Site& here = site(literal);
    const Value* type = here[Keyword::type];
    if (!allows(type, Composite::array) && !allows(type, Composite::object)) return false;
    for (const Node conjunct : conjuncts(here))
      if (!may_be_composite(conjunct, depth + 1)) return false;
  }
  return true;
}

bool Expander::are_disjoint(const Alternative& a, const Alternative& b, Composite kind) {
  if (kind == Composite::object) {
    for (const auto& [x, y] : {std::pair{&a.object, &b.object}, std::pair{&b.object, &a.object}})
      for (const Property& property : x->properties) {
        if (!property.required) continue;
        const auto found = std::ranges::find(y->properties, property.name, &Property::name);
        const Node value =
            found != y->properties.end() ? found->value : conjunction_.value_of(*y, property.name);
        if (is_surely_empty(nodes_.both(property.value, value))) return true;
      }
  }
  Alternative both = a;
  return !conjunction_.add(both, b, kind) || !is_possible(both, kind);
}

}  // namespace runtime::grammar::schema
