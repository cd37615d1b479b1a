// SPDX-License-Identifier: Apache-2.0
// Keywords that combine schemas of the same value, for arrays and objects.
#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

using json::Value;

namespace {

Keyword unevaluated(Composite kind) {
  return kind == Composite::array ? Keyword::unevaluated_items : Keyword::unevaluated_properties;
}

}  // namespace

Alternatives Expander::positive(const Site& site, Composite kind, Mode mode) {
  const bool has_unevaluated = site[unevaluated(kind)] != nullptr;
  const Mode inner = has_unevaluated && mode == Mode::plain ? Mode::tracked : mode;
  Alternatives list = branches(site, kind, inner);
  if (has_unevaluated) add_unevaluated(site, kind, list);
  return list;
}

// All keywords but unevaluated…
Alternatives Expander::branches(const Site& site, Composite kind, Mode mode) {
  Alternative own = conjunction_.any();
  const bool possible =
      allows(site[Keyword::type], kind) &&
      (kind == Composite::array ? own_array(site, mode, own) : own_object(site, mode, own));
  if (!possible) return {};
  Alternatives list = {std::move(own)};
  for (const Node node : conjuncts(site)) {
    list = product(list, alternatives(node, kind, mode), kind);
    if (list.empty()) break;
  }
  return list;
}

Alternatives Expander::negative(const Site& site, Composite kind) {
  if (!allows(site[Keyword::type], kind)) return {conjunction_.any()};
  Alternatives list = kind == Composite::array ? not_own_array(site) : not_own_object(site);
  for (const Node node : conjuncts(site))
    append(list, alternatives(nodes_.negation(node), kind, Mode::plain));
  if (site[unevaluated(kind)] != nullptr) append(list, not_unevaluated(site, kind));
  return list;
}

// --- anyOf, oneOf -------------------------------------------------------------------------------

Alternatives Expander::none_of(std::span<const Node> nodes, Composite kind) {
  Node none = kAnyValue;
  for (const Node node : nodes) none = nodes_.both(none, nodes_.negation(node));
  return alternatives(none, kind, Mode::plain);
}

Alternatives Expander::any_of(std::span<const Node> nodes, Composite kind, Mode mode) {
  Alternatives some;
  if (mode == Mode::plain) {
    for (const Node node : nodes) append(some, alternatives(node, kind, mode));
    return some;
  }
  // `some`: sets of branches that are not empty; `none`: what is to hold where no branch does.
  Alternatives none = {conjunction_.any()};
  for (const Node node : nodes) {
    Alternatives branch = alternatives(node, kind, mode);
    Alternatives with = product(none, branch, kind);
    Alternatives without = some;
    if (mode == Mode::exact) {
      const Alternatives fails = alternatives(nodes_.negation(node), kind, Mode::plain);
      without = product(some, fails, kind);
      none = product(none, fails, kind);
    } else {
      Alternatives evaluating;
      for (Alternative& a : branch)
        if (a.evaluates()) evaluating.add(std::move(a));
      branch = std::move(evaluating);
    }
    append(with, product(some, branch, kind));
    append(with, std::move(without));
    some = std::move(with);
  }
  return some;
}

Alternatives Expander::one_of(std::span<const Node> nodes, Composite kind, Mode mode) {
  List<Alternatives> branches;
  for (const Node node : nodes) branches.push_back(alternatives(node, kind, mode));
  Alternatives out;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Alternatives only = branches[i];
    for (std::size_t j = 0; j < nodes.size(); ++j) {
      if (i == j || only.empty() || branches[j].empty()) continue;
      Alternatives kept;
      Alternatives overlapping;
      for (Alternative& a : only) {
        const bool apart = std::ranges::all_of(
            branches[j], [&](const Alternative& b) { return are_disjoint(a, b, kind); });
        (apart ? kept : overlapping).add(std::move(a));
      }
      if (!overlapping.empty()) {
        const Node fails = nodes_.negation(nodes[j]);
        append(kept, product(overlapping, alternatives(fails, kind, Mode::plain), kind));
        if (kind == Composite::object && mode == Mode::plain) conjunction_.simplify(kept);
      }
      only = std::move(kept);
    }
    append(out, std::move(only));
  }
  return out;
}

Alternatives Expander::not_one_of(std::span<const Node> nodes, Composite kind) {
  Alternatives out = none_of(nodes, kind);
  for (std::size_t i = 0; i < nodes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      append(out, alternatives(nodes_.both(nodes[i], nodes[j]), kind, Mode::plain));
  return out;
}

// --- if, dependencies ---------------------------------------------------------------------------

Expander::Condition Expander::condition(const Site& site) {
  return {child(site.place, site[Keyword::if_]), child(site.place, site[Keyword::then]),
          child(site.place, site[Keyword::else_])};
}

Alternatives Expander::conditional(const Condition& condition, Composite kind, Mode mode) {
  const auto& [holds, then, otherwise] = condition;
  const Node fails = nodes_.negation(holds);
  if (mode == Mode::plain && otherwise == kAnyValue) {  // not if, or then
    const Node either[] = {fails, then};
    return then == kAnyValue ? Alternatives{conjunction_.any()} : any_of(either, kind, mode);
  }
  Alternatives either =
      product(alternatives(holds, kind, mode), alternatives(then, kind, mode), kind);
  append(either,
         product(alternatives(fails, kind, mode), alternatives(otherwise, kind, mode), kind));
  return either;
}

// Of objects: where a key is there, its schema holds; or it does not.
Alternatives Expander::dependent(const Place& map, bool negate, Mode mode) {
  Alternatives list;
  if (!negate) list.add(conjunction_.any());
  for (const json::Member& member : map.schema->members) {
    if (member.value.is(Value::Kind::array) || member.value.is(Value::Kind::string)) continue;
    Node node = child(map, &member.value);
    if (negate) node = nodes_.negation(node);
    Alternatives present = {conjunction_.any()};
    present.back().object.properties.push_back({member.key, kAnyValue, true});
    present = product(present, alternatives(node, Composite::object, mode), Composite::object);
    Alternatives absent = {conjunction_.any()};
    absent.back().object.properties.push_back({member.key, kNoValue});
    append(negate ? list : absent, std::move(present));
    if (!negate) list = product(list, absent, Composite::object);
  }
  return list;
}

}  // namespace runtime::grammar::schema
