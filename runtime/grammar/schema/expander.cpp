// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/expander.h"

#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/json_text.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {

using json::Value;

Expander::Expander(regex::Expressions& e, const Value& schema, const SchemaOptions& options)
    : e_(e),
      documents_(e.arena(), schema, options),
      sets_(e),
      conjunction_(e, nodes_, regex::any_string(e)),
      assert_formats_(options.assert_formats) {}

void Expander::refuse(const char* message, const Value& at) {
  if (!refusal_) refusal_ = {message, documents_.where(at)};
}

// --- schemas and their parts --------------------------------------------------------------------

// A schema that says nothing is kAnyValue, one that only refers to another is that one.
Node Expander::node_at(Place place, Scope scope) {
  for (std::uint32_t steps = 0; steps < kMaxDepth && !refusal_; ++steps) {
    const Value& schema = *place.schema;
    if (schema.is(Value::Kind::boolean)) return schema.boolean ? kAnyValue : kNoValue;
    if (!schema.is(Value::Kind::object)) {
      refuse("a schema is an object or a boolean", schema);
      return kNoValue;
    }
    scope = documents_.enter(scope, place.resource);
    const Site here{place, scope, read_keywords(schema, documents_.dialect(place))};
    if (here.keywords.is_empty()) return kAnyValue;
    if (here.keywords.count() > 1 || here[Keyword::ref] == nullptr)
      return nodes_.of({Atom::Kind::schema, place, scope, {}});
    const auto next = target(here, Keyword::ref);
    if (next) place = *next;
  }
  refuse("the reference leads back to itself", *place.schema);
  return kNoValue;
}

Node Expander::child(const Site& site, const Value& schema) {
  return node_at(documents_.enter(schema, site.place.resource), site.scope);
}

Node Expander::constant(const Site& site, const Value& value) {
  return nodes_.of({Atom::Kind::constant, {&value, site.place.resource}, {}, {}});
}

// Of an atom that is a schema.
const Expander::Site& Expander::site(Literal literal) {
  const auto index = static_cast<std::uint32_t>(literal) / 2;
  if (index >= sites_.size()) sites_.resize(nodes_.literal_count() / 2);
  if (sites_[index] == nullptr) {
    const Atom& atom = nodes_.atom(literal);
    sites_[index] = std::make_unique<Site>(Site{
        atom.place, atom.scope, read_keywords(*atom.place.schema, documents_.dialect(atom.place))});
  }
  return *sites_[index];
}

List<Node> Expander::children(const Site& site, Keyword keyword) {
  List<Node> nodes;
  if (const Value* list = site[keyword])
    for (const Value& schema : list->items) nodes.push_back(child(site, schema));
  return nodes;
}

std::optional<Place> Expander::target(const Site& site, Keyword keyword) {
  const Value* reference = site[keyword];
  if (reference == nullptr) return {};
  if (keyword == Keyword::recursive_ref)
    return documents_.resolve_recursive(site.place, site.scope);
  auto place = keyword == Keyword::ref
                   ? documents_.resolve(site.place, reference->text)
                   : documents_.resolve_dynamic(site.place, reference->text, site.scope);
  if (place) return *place;
  if (!refusal_) refusal_ = place.refusal();
  return {};
}

// What has to hold beside the keywords of one type.
List<Node> Expander::conjuncts(const Site& site) {
  List<Node> nodes;
  for (const Keyword keyword : {Keyword::ref, Keyword::dynamic_ref, Keyword::recursive_ref})
    if (const auto place = target(site, keyword)) nodes.push_back(node_at(*place, site.scope));
  for (const Node node : children(site, Keyword::all_of)) nodes.push_back(node);
  return nodes;
}

// The value of a keyword that is a count; above what matters it is cut.
std::uint32_t Expander::limit(const Value* value, std::uint32_t otherwise) {
  if (value == nullptr) return otherwise;
  const auto decimal =
      value->is(Value::Kind::number) ? parse_decimal(value->text) : std::optional<Decimal>();
  if (!decimal || decimal->negative || !decimal->fraction.empty()) {
    refuse("expected a count", *value);
    return otherwise;
  }
  if (decimal->integer.size() > 9) return kNoLimit - 1;
  std::uint32_t count = 0;
  for (const char digit : decimal->integer)
    count = 10 * count + static_cast<std::uint32_t>(digit - '0');
  return count;
}

// --- scalars ------------------------------------------------------------------------------------

Scalars Expander::scalars(Literal literal) {
  if (is_negated(literal)) return sets_.complement(scalars(negated(literal)));
  const auto index = static_cast<std::uint32_t>(literal) / 2;
  if (index >= scalars_.size()) scalars_.resize(nodes_.literal_count() / 2);
  if (scalars_[index].scalars) return *scalars_[index].scalars;
  const Atom atom = nodes_.atom(literal);
  if (scalars_[index].busy || ++depth_ > kMaxDepth) {
    refuse("the schema refers to itself without an item or property between", *atom.place.schema);
    return {};
  }
  scalars_[index].busy = true;
  const Scalars found = atom.kind == Atom::Kind::schema     ? scalars_of_schema(site(literal))
                        : atom.kind == Atom::Kind::constant ? constant_scalars(*atom.place.schema)
                                                            : scalars(atom.node);
  --depth_;
  scalars_[index].busy = false;
  scalars_[index].scalars = found;
  return found;
}

Scalars Expander::scalars(Node node) {
  if (node == kNoValue) return {};
  Scalars all = sets_.all();
  const auto set = nodes_.literals(node);
  const List<std::uint32_t> literals(set.begin(), set.end());
  for (const std::uint32_t literal : literals) {
    if (all == Scalars{}) break;
    all = sets_.both(all, scalars(static_cast<Literal>(literal)));
  }
  return all;
}

// --- alternatives -------------------------------------------------------------------------------

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
    if (kind == Composite::object && mode == Mode::plain) conjunction_.simplify(list);
    --depth_;
  }
  if (refusal_) list.clear();
  alternatives_[index].list = std::make_unique<Alternatives>(std::move(list));
  return *alternatives_[index].list;
}

Alternatives Expander::compute(Literal literal, Composite kind, Mode mode) {
  const Atom atom = nodes_.atom(literal);
  const bool negate = is_negated(literal);
  if (atom.kind == Atom::Kind::group) {
    Alternatives any_fails;
    const auto set = nodes_.literals(atom.node);
    for (const std::uint32_t part : List<std::uint32_t>(set.begin(), set.end()))
      append(any_fails, alternatives(negated(static_cast<Literal>(part)), kind, Mode::plain));
    return any_fails;
  }
  if (atom.kind == Atom::Kind::constant) {
    const Site nowhere{atom.place, atom.scope, {}};
    const Value& value = *atom.place.schema;
    if (value.is(Value::Kind::array) && kind == Composite::array)
      return negate ? not_constant_array(nowhere, value) : constant_array(nowhere, value);
    if (value.is(Value::Kind::object) && kind == Composite::object)
      return negate ? not_constant_object(nowhere, value) : constant_object(nowhere, value);
    return negate ? Alternatives{conjunction_.any()} : Alternatives{};
  }
  return negate ? negative(site(literal), kind) : positive(site(literal), kind, mode);
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
      erase_if(both.object.demands,
               [&](const Demand& demand) { return is_surely_met(demand, both.object); });
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

// Whether a required property meets it, whichever of its values it has.
bool Expander::is_surely_met(const Demand& demand, const ObjectForm& object) {
  return std::ranges::any_of(demand.options, [&](const Demand::Option& option) {
    if (option.property == kNoLimit || !object.properties[option.property].required) return false;
    const Node value = object.properties[option.property].value;
    return is_surely_empty(nodes_.both(value, nodes_.negation(option.value)));
  });
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
    if (atom.kind == Atom::Kind::constant) {
      if (is_scalar(*atom.place.schema)) return false;
      continue;
    }
    const Site& here = site(literal);
    if (const Value* type = here[Keyword::type])
      if (!allows(*type, Composite::array) && !allows(*type, Composite::object)) return false;
    if (const Value* value = here[Keyword::constant])
      if (is_scalar(*value)) return false;
    if (const Value* values = here[Keyword::enumeration])
      if (std::ranges::all_of(values->items, is_scalar)) return false;
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

// ------------------------------------------------------------------------------------------------

Form Expander::form(Node node) {
  Form form;
  form.scalars = sets_.text(scalars(node));
  for (Alternative& a : alternatives(node, Composite::array, Mode::plain))
    form.arrays.push_back(std::move(a.array));
  for (Alternative& a : alternatives(node, Composite::object, Mode::plain))
    form.objects.push_back(std::move(a.object));
  if (e_.fuel().exhausted())
    refuse("the schema is too large to be brought into normal form", *documents_.root().schema);
  if (refusal_) form = {};
  return form;
}

}  // namespace runtime::grammar::schema
