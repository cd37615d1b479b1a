// SPDX-License-Identifier: Apache-2.0
// Keywords of objects: what they ask for, and what their negation asks for.
#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

using json::Value;
using regex::Regex;

namespace {

template <class Visit>
void for_each_member(const Value* object, Visit&& visit) {
  if (object == nullptr) return;
  for (const json::Member& member : object->members) visit(member);
}

// Visits (key, key that has to be there with it).
template <class Visit>
void for_each_dependency(const Value* map, Visit&& visit) {
  for_each_member(map, [&](const json::Member& member) {
    if (member.value.is(Value::Kind::string)) visit(member.key, member.value.text);
    for (const Value& needed : member.value.items) visit(member.key, needed.text);
  });
}

const Value* find_required(const Value* required) {
  return required != nullptr && required->is(Value::Kind::array) ? required : nullptr;
}

}  // namespace

List<PatternProperty> Expander::pattern_properties(const Site& site) {
  List<PatternProperty> patterns;
  for_each_member(site[Keyword::pattern_properties], [&](const json::Member& member) {
    patterns.push_back({pattern(member.key, member.value), child(site.place, &member.value)});
  });
  return patterns;
}

// The strings that propertyNames allows.
Regex Expander::property_names(const Site& site) {
  const Value* names = site[Keyword::property_names];
  return names != nullptr ? scalars(child(site.place, names)).string : sets_.all().string;
}

void Expander::add_properties(const Site& site, ObjectForm& form) {
  for_each_member(site[Keyword::properties], [&](const json::Member& member) {
    form.properties.push_back({member.key, child(site.place, &member.value)});
  });
  const Value* additional = site[Keyword::additional_properties];
  conjunction_.add_patterns(form, pattern_properties(site), child(site.place, additional));
  const Regex names = property_names(site);
  if (names != sets_.all().string) conjunction_.divide_keys(form, names, kAnyValue, kNoValue);
}

bool Expander::own_object(const Site& site, Mode mode, Alternative& out) {
  ObjectForm& form = out.object;
  add_properties(site, form);
  if (mode != Mode::plain) {
    for (Property& property : form.properties) property.evaluated = true;
    out.evaluated.keys = evaluated_keys(site);
  }
  if (const Value* required = find_required(site[Keyword::required]))
    for (const Value& name : required->items)
      form.properties[conjunction_.property(form, name.text)].required = true;
  const auto add_implication = [&](std::string_view key, std::string_view needed) {
    const std::uint32_t trigger = conjunction_.property(form, key);
    form.implications.push_back({trigger, conjunction_.property(form, needed)});
  };
  for_each_dependency(site[Keyword::dependent_required], add_implication);
  for_each_dependency(site[Keyword::dependencies], add_implication);
  form.min_properties = limit(site[Keyword::min_properties], 0);
  form.max_properties = limit(site[Keyword::max_properties], kNoLimit);
  return conjunction_.settle(form);
}

Alternatives Expander::not_own_object(const Site& site) {
  Alternatives list;
  const auto add = [&]() -> ObjectForm& {
    list.add(conjunction_.any());
    return list.back().object;
  };
  ObjectForm& wrong = add();
  demand_wrong_property(site, wrong);
  if (wrong.options.empty() || !conjunction_.settle(wrong)) list.clear();

  if (const Value* required = find_required(site[Keyword::required]))
    for (const Value& name : required->items) add().properties.push_back({name.text, kNoValue});
  const auto add_dependency = [&](std::string_view key, std::string_view needed) {
    if (key != needed) add().properties = {{key, kAnyValue, true}, {needed, kNoValue}};
  };
  for_each_dependency(site[Keyword::dependent_required], add_dependency);
  for_each_dependency(site[Keyword::dependencies], add_dependency);
  if (const std::uint32_t min = limit(site[Keyword::min_properties], 0); min > 0)
    add().max_properties = min - 1;
  if (const std::uint32_t max = limit(site[Keyword::max_properties], kNoLimit); max < kNoLimit)
    add().min_properties = max + 1;
  return list;
}

// Demands a property whose value its schema does not allow, or a key that may not be.
void Expander::demand_wrong_property(const Site& site, ObjectForm& form) {
  for_each_member(site[Keyword::properties], [&](const json::Member& member) {
    const auto index = static_cast<std::uint32_t>(form.properties.size());
    form.properties.push_back({member.key, kAnyValue});
    const Node wrong = nodes_.negation(child(site.place, &member.value));
    form.options.push_back({.property = index, .value = wrong});
  });
  List<Regex> matched;
  for (const PatternProperty& p : pattern_properties(site)) {
    conjunction_.demand_key(form, 0, p.key, nodes_.negation(p.value));
    matched.push_back(p.key);
  }
  if (const Value* additional = site[Keyword::additional_properties])
    form.options.push_back({.key = e_.without(sets_.all().string, e_.either(matched)),
                            .value = nodes_.negation(child(site.place, additional))});
  const Regex names = property_names(site);
  if (names != sets_.all().string)
    conjunction_.demand_key(form, 0, e_.without(sets_.all().string, names), kAnyValue);
  erase_if(form.options, [](const Option& option) { return option.value == kNoValue; });
}

// What `patternProperties` and `additionalProperties` look at.
Regex Expander::evaluated_keys(const Site& site) {
  if (site[Keyword::additional_properties] != nullptr) return sets_.all().string;
  List<Regex> keys;
  for (const PatternProperty& p : pattern_properties(site)) keys.push_back(p.key);
  return e_.either(keys);
}

Alternatives Expander::constant_object(const Place& place) {
  const Value& value = *place.schema;
  Alternative alternative;
  for (const json::Member& member : value.members)
    alternative.object.properties.push_back({member.key, constant(place, member.value), true});
  return {std::move(alternative)};
}

Alternatives Expander::not_constant_object(const Place& place) {
  const Value& value = *place.schema;
  Alternatives list = {conjunction_.any()};
  ObjectForm& differs = list.back().object;
  for (const json::Member& member : value.members) {
    const auto index = static_cast<std::uint32_t>(differs.properties.size());
    differs.properties.push_back({member.key, kAnyValue});
    const Node other = nodes_.negation(constant(place, member.value));
    differs.options.push_back({.property = index, .value = other});
  }
  differs.options.push_back({.key = sets_.all().string, .value = kAnyValue});
  for (const json::Member& member : value.members) {
    list.add(conjunction_.any());
    list.back().object.properties.push_back({member.key, kNoValue});
  }
  return list;
}

}  // namespace runtime::grammar::schema
