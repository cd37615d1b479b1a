// SPDX-License-Identifier: Apache-2.0
// Keys of objects: which are named, which match, and which values they have.
#include <algorithm>
#include <utility>

#include "runtime/grammar/json/spelling.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/alternatives.h"

namespace runtime::grammar::schema {

using regex::kNothing;
using regex::Regex;

bool Conjunction::is_key(Regex keys, std::string_view name) {
  if (keys == any_key_ || keys == kNothing) return keys == any_key_;
  for (const char c : json::quote(name)) {
    keys = e_.derivative(keys, static_cast<std::uint8_t>(c));
    if (keys == kNothing) return false;
  }
  return e_.is_nullable(keys);
}

Node Conjunction::value_of(const ObjectForm& form, std::string_view name) {
  for (const KeyClass& keys : form.classes)
    if (is_key(keys.key, name)) return keys.value;
  return kNoValue;
}

std::uint32_t Conjunction::property(ObjectForm& form, std::string_view name) {
  const auto found = std::ranges::find(form.properties, name, &Property::name);
  const auto index = static_cast<std::uint32_t>(found - form.properties.begin());
  if (found != form.properties.end()) return index;
  form.properties.push_back({name, value_of(form, name)});
  name_options(form, index);
  return index;
}

// Key options that hold of its name get an option of their own beside them: it is a property now.
void Conjunction::name_options(ObjectForm& form, std::uint32_t property) {
  for (std::size_t i = form.options.size(); i-- > 0;) {
    Option option = form.options[i];
    if (option.property != kNoLimit || !is_key(option.key, form.properties[property].name))
      continue;
    option.property = property;
    option.key = kNothing;
    form.options.insert(form.options.begin() + i + 1, option);
  }
}

void Conjunction::demand_key(ObjectForm& form, std::uint32_t demand, Regex keys, Node value) {
  form.options.push_back({.demand = demand, .key = keys, .value = value});
  for (std::uint32_t i = 0; i < form.properties.size(); ++i)
    if (!form.properties[i].evaluated && is_key(keys, form.properties[i].name))
      form.options.push_back({.demand = demand, .property = i, .value = value});
}

void Conjunction::divide_keys(ObjectForm& form, Regex keys, Node inside, Node outside) {
  for (Property& property : form.properties) {
    const bool is_inside = property.evaluated || is_key(keys, property.name);
    property.value = nodes_.both(property.value, is_inside ? inside : outside);
  }
  divide_classes(form, keys, inside, outside);
}

void Conjunction::divide_classes(ObjectForm& form, Regex keys, Node inside, Node outside) {
  List<KeyClass> classes;
  for (const KeyClass& c : form.classes) {
    const Regex in = c.key == any_key_ ? keys : keys == any_key_ ? c.key : e_.both(c.key, keys);
    const bool meets = !e_.is_nothing(in);
    const Regex out = !meets ? c.key : keys == any_key_ ? kNothing : e_.without(c.key, keys);
    if (meets) classes.push_back({in, nodes_.both(c.value, inside)});
    if (outside != kNoValue && !e_.is_nothing(out))
      classes.push_back({out, nodes_.both(c.value, outside)});
  }
  merge_classes(classes);
  form.classes = std::move(classes);
}

// The classes of the patterns come to be one pattern at a time. They lie apart from each other, so
// that what is new in a pattern is what it has outside of the classes that it meets; most meet
// none.
void Conjunction::add_patterns(ObjectForm& form, std::span<const PatternProperty> patterns,
                               Node others) {
  List<KeyClass> classes;
  List<Regex> keys;
  for (const PatternProperty& pattern : patterns) {
    List<KeyClass> divided;
    List<Regex> met;
    for (const KeyClass& c : classes) {
      const Regex in = e_.both(c.key, pattern.key);
      if (e_.is_nothing(in)) {
        divided.push_back(c);
        continue;
      }
      met.push_back(c.key);
      divided.push_back({in, nodes_.both(c.value, pattern.value)});
      const Regex out = e_.without(c.key, pattern.key);
      if (!e_.is_nothing(out)) divided.push_back({out, c.value});
    }
    const Regex own = met.empty() ? pattern.key : e_.without(pattern.key, e_.either(met));
    if (!e_.is_nothing(own)) divided.push_back({own, pattern.value});
    classes = std::move(divided);
    keys.push_back(pattern.key);
    for (Property& property : form.properties)
      if (is_key(pattern.key, property.name))
        property.value = nodes_.both(property.value, pattern.value);
  }
  const Regex rest = keys.empty() ? any_key_ : e_.without(any_key_, e_.either(keys));
  if (others != kNoValue && !e_.is_nothing(rest)) classes.push_back({rest, others});
  merge_classes(classes);
  form.classes = std::move(classes);
}

void Conjunction::merge_classes(List<KeyClass>& classes) {
  List<KeyClass> merged;
  bool joined = false;
  for (const KeyClass& c : classes) {
    if (c.value == kNoValue) continue;
    const auto same = std::ranges::find(merged, c.value, &KeyClass::value);
    if (same == merged.end()) {
      merged.push_back(c);
    } else {
      same->key = e_.either(same->key, c.key);
      joined = true;
    }
  }
  // What remains of any key, divided and joined again, is any key.
  if (joined && merged.size() == 1 && e_.includes(merged[0].key, any_key_))
    merged[0].key = any_key_;
  classes = std::move(merged);
}

}  // namespace runtime::grammar::schema
