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

// What of `type` and `enum` says that no array (or object) is allowed at all.
bool Expander::excludes(const Site& site, Composite kind) {
  const Value* type = site[Keyword::type];
  return type != nullptr && !allows(*type, kind);
}

Alternatives Expander::positive(const Site& site, Composite kind, Mode mode) {
  if (excludes(site, kind)) return {};
  const bool has_unevaluated = site[unevaluated(kind)] != nullptr;
  const Mode inner = has_unevaluated && mode == Mode::plain ? Mode::tracked : mode;
  Alternatives list = branches(site, kind, inner);
  if (has_unevaluated) add_unevaluated(site, kind, list);
  return list;
}

// All keywords but unevaluated…
Alternatives Expander::branches(const Site& site, Composite kind, Mode mode) {
  Alternatives list = constants(site, kind);
  const auto and_also = [&](const Alternatives& other) {
    if (!list.empty()) list = product(list, other, kind);
  };
  Alternative own = conjunction_.any();
  if (kind == Composite::array ? own_array(site, mode, own) : own_object(site, mode, own)) {
    and_also({std::move(own)});
  } else {
    list.clear();
  }
  for (const Node node : conjuncts(site)) and_also(alternatives(node, kind, mode));
  if (list.empty()) return list;
  if (site[Keyword::any_of] != nullptr)
    and_also(any_of(children(site, Keyword::any_of), kind, mode));
  if (site[Keyword::one_of] != nullptr)
    and_also(one_of(children(site, Keyword::one_of), kind, mode));
  if (const Value* schema = site[Keyword::not_])
    and_also(alternatives(nodes_.negation(child(site, *schema)), kind, Mode::plain));
  if (site[Keyword::if_] != nullptr) and_also(conditional(site, kind, mode));
  if (kind == Composite::object)
    for (const json::Member& member : dependent_schemas(site)) {
      Alternatives absent = {conjunction_.any()};
      absent.back().object.properties.push_back({member.key, kNoValue});
      append(absent, present_and(member, alternatives(child(site, member.value), kind, mode)));
      and_also(absent);
    }
  return list;
}

Alternatives Expander::negative(const Site& site, Composite kind) {
  if (excludes(site, kind)) return {conjunction_.any()};
  Alternatives list = not_constants(site, kind);
  append(list, kind == Composite::array ? not_own_array(site) : not_own_object(site));
  const auto or_not = [&](Node node) {
    append(list, alternatives(nodes_.negation(node), kind, Mode::plain));
  };
  for (const Node node : conjuncts(site)) or_not(node);
  if (site[Keyword::any_of] != nullptr)
    append(list, none_of(children(site, Keyword::any_of), kind));
  if (site[Keyword::one_of] != nullptr)
    append(list, not_one_of(children(site, Keyword::one_of), kind));
  if (const Value* schema = site[Keyword::not_])
    append(list, alternatives(child(site, *schema), kind, Mode::plain));
  if (site[Keyword::if_] != nullptr) append(list, not_conditional(site, kind));
  if (kind == Composite::object)
    for (const json::Member& member : dependent_schemas(site)) {
      const Node fails = nodes_.negation(child(site, member.value));
      append(list, present_and(member, alternatives(fails, kind, Mode::plain)));
    }
  if (site[unevaluated(kind)] != nullptr) append(list, not_unevaluated(site, kind));
  return list;
}

// --- anyOf, oneOf -------------------------------------------------------------------------------

Alternatives Expander::none_of(std::span<const Node> nodes, Composite kind) {
  Alternatives none = {conjunction_.any()};
  for (const Node node : nodes) {
    if (none.empty()) break;
    none = product(none, alternatives(nodes_.negation(node), kind, Mode::plain), kind);
    if (kind == Composite::object) conjunction_.simplify(none);
  }
  return none;
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
        if (!a.evaluated.is_nothing()) evaluating.add(std::move(a));
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
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const Alternatives first = alternatives(nodes[i], kind, Mode::plain);
    for (std::size_t j = 0; j < i && !first.empty(); ++j)
      append(out, product(first, alternatives(nodes[j], kind, Mode::plain), kind));
  }
  return out;
}

// --- if, dependencies ---------------------------------------------------------------------------

Alternatives Expander::conditional(const Site& site, Composite kind, Mode mode) {
  const Value* then = site[Keyword::then];
  const Value* otherwise = site[Keyword::else_];
  if (mode == Mode::plain && then == nullptr && otherwise == nullptr) return {conjunction_.any()};
  const Node condition = child(site, *site[Keyword::if_]);
  const Node then_node = then != nullptr ? child(site, *then) : kAnyValue;
  const Node else_node = otherwise != nullptr ? child(site, *otherwise) : kAnyValue;
  const Node fails = nodes_.negation(condition);
  if (mode == Mode::plain && else_node == kAnyValue) {  // not if, or then
    Alternatives either = alternatives(fails, kind, mode);
    append(either, alternatives(then_node, kind, mode));
    return either;
  }
  Alternatives either =
      product(alternatives(condition, kind, mode), alternatives(then_node, kind, mode), kind);
  append(either, product(alternatives(fails, kind, Mode::plain),
                         alternatives(else_node, kind, mode), kind));
  return either;
}

Alternatives Expander::not_conditional(const Site& site, Composite kind) {
  const Node condition = child(site, *site[Keyword::if_]);
  Alternatives either;
  const auto add = [&](Node when, const Value* then) {
    if (then == nullptr) return;
    const Node fails = nodes_.negation(child(site, *then));
    append(either, product(alternatives(when, kind, Mode::plain),
                           alternatives(fails, kind, Mode::plain), kind));
  };
  add(condition, site[Keyword::then]);
  add(nodes_.negation(condition), site[Keyword::else_]);
  return either;
}

auto Expander::dependent_schemas(const Site& site) const -> List<MemberRef> {
  List<MemberRef> members;
  if (const Value* map = site[Keyword::dependent_schemas])
    for (const json::Member& member : map->members) members.push_back(member);
  if (const Value* map = site[Keyword::dependencies])
    for (const json::Member& member : map->members)
      if (!member.value.is(Value::Kind::array) && !member.value.is(Value::Kind::string))
        members.push_back(member);
  return members;
}

Alternatives Expander::present_and(const json::Member& member, const Alternatives& list) {
  Alternatives present = {conjunction_.any()};
  present.back().object.properties.push_back({member.key, kAnyValue, true});
  return product(present, list, Composite::object);
}

// --- const, enum --------------------------------------------------------------------------------

Alternatives Expander::constants(const Site& site, Composite kind) {
  Alternatives list = {conjunction_.any()};
  if (const Value* value = site[Keyword::constant])
    list = alternatives(constant(site, *value), kind, Mode::plain);
  if (const Value* values = site[Keyword::enumeration]) {
    Alternatives any;
    for (const Value& value : values->items)
      if (!is_scalar(value)) append(any, alternatives(constant(site, value), kind, Mode::plain));
    list = product(list, any, kind);
  }
  return list;
}

Alternatives Expander::not_constants(const Site& site, Composite kind) {
  Alternatives list;
  if (const Value* value = site[Keyword::constant])
    list = alternatives(nodes_.negation(constant(site, *value)), kind, Mode::plain);
  if (const Value* values = site[Keyword::enumeration]) {
    Alternatives none = {conjunction_.any()};
    for (const Value& value : values->items)
      if (!is_scalar(value))
        none = product(
            none, alternatives(nodes_.negation(constant(site, value)), kind, Mode::plain), kind);
    append(list, std::move(none));
  }
  return list;
}

}  // namespace runtime::grammar::schema
