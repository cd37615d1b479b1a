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
Node Expander::node_at(Place place) {
  for (std::uint32_t steps = 0; steps < kMaxDepth && !refusal_; ++steps) {
    const Value& schema = *place.schema;
    if (schema.is(Value::Kind::boolean)) return schema.boolean ? kAnyValue : kNoValue;
    if (!schema.is(Value::Kind::object)) {
      refuse("a schema is an object or a boolean", schema);
      return kNoValue;
    }
    place = documents_.enter(place);
    const Site here{place, read_keywords(schema, documents_.dialect(place))};
    if (here.keywords.is_empty()) return kAnyValue;
    if (here.keywords.count() > 1 || here[Keyword::ref] == nullptr)
      return nodes_.of({Atom::Kind::schema, place, {}});
    const auto next = target(here, Keyword::ref);
    if (next) place = *next;
  }
  refuse("the reference leads back to itself", *place.schema);
  return kNoValue;
}

// Where there is no schema, any value is right.
Node Expander::child(const Place& place, const Value* schema) {
  return schema == nullptr ? kAnyValue : node_at(documents_.below(place, *schema));
}

Node Expander::constant(const Place& place, const Value& value) {
  return nodes_.of({Atom::Kind::constant, {&value, place.resource}, {}});
}

// Of an atom that is a schema, or the condition of one.
const Expander::Site& Expander::site(Literal literal) {
  const auto index = static_cast<std::uint32_t>(literal) / 2;
  if (index >= sites_.size()) sites_.resize(nodes_.literal_count() / 2);
  if (sites_[index] == nullptr) {
    const Atom& atom = nodes_.atom(literal);
    sites_[index] = std::make_unique<Site>(
        Site{atom.place, read_keywords(*atom.place.schema, documents_.dialect(atom.place))});
  }
  return *sites_[index];
}

List<Node> Expander::children(const Place& place, const Value* list) {
  List<Node> nodes;
  if (list != nullptr)
    for (const Value& schema : list->items) nodes.push_back(child(place, &schema));
  return nodes;
}

std::optional<Place> Expander::target(const Site& site, Keyword keyword) {
  const Value* reference = site[keyword];
  if (reference == nullptr) return {};
  if (keyword == Keyword::recursive_ref) return documents_.resolve_recursive(site.place);
  auto place = keyword == Keyword::ref ? documents_.resolve(site.place, reference->text)
                                       : documents_.resolve_dynamic(site.place, reference->text);
  if (place) return *place;
  if (!refusal_) refusal_ = place.refusal();
  return {};
}

// What has to hold beside the keywords of one type.
List<Node> Expander::conjuncts(const Site& site) {
  constexpr struct {
    Keyword keyword;
    Atom::Kind kind;
  } kRows[] = {{Keyword::constant, Atom::Kind::constant},
               {Keyword::enumeration, Atom::Kind::enumeration},
               {Keyword::any_of, Atom::Kind::any_of},
               {Keyword::one_of, Atom::Kind::one_of},
               {Keyword::dependent_schemas, Atom::Kind::dependent},
               {Keyword::dependencies, Atom::Kind::dependent}};
  List<Node> nodes;
  for (const Keyword keyword : {Keyword::ref, Keyword::dynamic_ref, Keyword::recursive_ref})
    if (const auto place = target(site, keyword)) nodes.push_back(node_at(*place));
  nodes.append(children(site.place, site[Keyword::all_of]));
  for (const auto& row : kRows)
    if (const Value* value = site[row.keyword])
      nodes.push_back(nodes_.of({row.kind, {value, site.place.resource, site.place.scope}, {}}));
  if (const Value* schema = site[Keyword::not_])
    nodes.push_back(nodes_.negation(child(site.place, schema)));
  if (site[Keyword::if_] != nullptr)
    nodes.push_back(nodes_.of({Atom::Kind::conditional, site.place, {}}));
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
  const Scalars found = compute(literal, atom);
  --depth_;
  scalars_[index].busy = false;
  scalars_[index].scalars = found;
  return found;
}

Scalars Expander::compute(Literal literal, const Atom& atom) {
  switch (atom.kind) {
    case Atom::Kind::schema:
      return scalars_of_schema(site(literal));
    case Atom::Kind::conditional:
      return conditional_scalars(condition(site(literal)));
    case Atom::Kind::any_of:
      return overlaps(children(atom.place, atom.place.schema), false).once;
    case Atom::Kind::one_of:
      return one_of_scalars(children(atom.place, atom.place.schema));
    case Atom::Kind::dependent:
      return sets_.all();
    case Atom::Kind::constant:
      return constant_scalars(*atom.place.schema);
    case Atom::Kind::enumeration:
      return enumeration(*atom.place.schema);
    default:
      return scalars(atom.node);
  }
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
