// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/alternatives.h"

#include <algorithm>
#include <string>
#include <utility>

#include "runtime/grammar/id_table.h"

namespace runtime::grammar::schema {
namespace {

using regex::kNothing;
using regex::Regex;

std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name) hash = mix(hash, static_cast<unsigned char>(c));
  return hash;
}

// Which property has this name? A table for many of them, a look at each for few.
class PropertyIndex {
 public:
  explicit PropertyIndex(const std::vector<Property>& properties) : properties_(properties) {
    if (properties.size() <= kFew) return;
    for (std::uint32_t i = 0; i < properties.size(); ++i)
      table_.insert(hash_of(properties[i].name), i);
  }

  std::uint32_t find(std::string_view name) const {
    if (table_.bytes() > 0)
      return table_.find(hash_of(name),
                         [&](std::uint32_t i) { return properties_[i].name == name; });
    for (std::uint32_t i = 0; i < properties_.size(); ++i)
      if (properties_[i].name == name) return i;
    return IdTable::kNone;
  }
  void added() {
    if (table_.bytes() > 0)
      table_.insert(hash_of(properties_.back().name),
                    static_cast<std::uint32_t>(properties_.size() - 1));
  }

 private:
  static constexpr std::size_t kFew = 12;

  const std::vector<Property>& properties_;
  IdTable table_;
};

std::string key_text(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20) {
      text += "\\u00";
      text += kHex[byte >> 4];
      text += kHex[byte & 15];
    } else {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

}  // namespace

Alternative::Alternative() = default;
Alternative::Alternative(const Alternative& other) = default;
Alternative::Alternative(Alternative&& other) noexcept = default;
Alternative& Alternative::operator=(Alternative&& other) noexcept = default;
Alternative::~Alternative() = default;

Alternatives::Alternatives() = default;
Alternatives::Alternatives(Alternative only) { list_.push_back(std::move(only)); }
Alternatives::Alternatives(const Alternatives& other) = default;
Alternatives::Alternatives(Alternatives&& other) noexcept = default;
Alternatives& Alternatives::operator=(Alternatives&& other) noexcept = default;
Alternatives::~Alternatives() = default;

void Alternatives::add(Alternative alternative) { list_.push_back(std::move(alternative)); }
void Alternatives::add(Alternatives others) {
  for (Alternative& other : others) list_.push_back(std::move(other));
}
void Alternatives::clear() { list_.clear(); }

Alternative Conjunction::any() const {
  Alternative all;
  all.object.classes.push_back({any_key_, kAnyValue});
  return all;
}

// --- keys ---------------------------------------------------------------------------------------

bool Conjunction::is_key(Regex keys, std::string_view name) {
  if (keys == any_key_ || keys == kNothing) return keys == any_key_;
  for (const char c : key_text(name)) {
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
  form.properties.push_back({std::string(name), value_of(form, name)});
  for (Demand& demand : form.demands) name_options(demand, name, index);
  return index;
}

// Key options that hold of `name` get an option of its own: a property has that name now.
void Conjunction::name_options(Demand& demand, std::string_view name, std::uint32_t index) {
  for (std::size_t i = 0, count = demand.options.size(); i < count; ++i) {
    const Demand::Option option = demand.options[i];
    if (option.property == kNoLimit && is_key(option.key, name))
      demand.options.push_back({.property = index, .value = option.value});
  }
}

void Conjunction::demand_key(ObjectForm& form, Demand& demand, Regex keys, Node value) {
  demand.options.push_back({.key = keys, .value = value});
  for (std::uint32_t i = 0; i < form.properties.size(); ++i)
    if (is_key(keys, form.properties[i].name))
      demand.options.push_back({.property = i, .value = value});
}

void Conjunction::divide_keys(ObjectForm& form, Regex keys, Node inside, Node outside) {
  for (Property& property : form.properties)
    property.value = nodes_.both(property.value, is_key(keys, property.name) ? inside : outside);
  divide_classes(form, keys, inside, outside);
}

bool Conjunction::is_evaluated(const Evaluated& evaluated, std::string_view name) {
  return std::ranges::find(evaluated.names, name) != evaluated.names.end() ||
         is_key(evaluated.keys, name);
}

void Conjunction::add_unevaluated(Alternative& alternative, Node others) {
  for (Property& property : alternative.object.properties)
    if (!is_evaluated(alternative.evaluated, property.name))
      property.value = nodes_.both(property.value, others);
  divide_classes(alternative.object, alternative.evaluated.keys, kAnyValue, others);
}

void Conjunction::demand_unevaluated(Alternative& alternative, Node value) {
  ObjectForm& form = alternative.object;
  Demand demand{{{.key = e_.without(any_key_, alternative.evaluated.keys), .value = value}}};
  for (std::uint32_t i = 0; i < form.properties.size(); ++i)
    if (!is_evaluated(alternative.evaluated, form.properties[i].name))
      demand.options.push_back({.property = i, .value = value});
  form.demands.push_back(std::move(demand));
}

void Conjunction::divide_classes(ObjectForm& form, Regex keys, Node inside, Node outside) {
  std::vector<KeyClass> classes;
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
  std::vector<KeyClass> classes;
  std::vector<Regex> keys;
  for (const PatternProperty& pattern : patterns) {
    std::vector<KeyClass> divided;
    std::vector<Regex> met;
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

void Conjunction::merge_classes(std::vector<KeyClass>& classes) {
  std::vector<KeyClass> merged;
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

// --- objects ------------------------------------------------------------------------------------

bool Conjunction::add(ObjectForm& into, const ObjectForm& other) {
  const std::size_t own = into.properties.size();
  PropertyIndex index(into.properties);
  std::vector<std::uint32_t> to;  // by index in other: the index in into
  std::vector<bool> shared(own);
  for (const Property& property : other.properties) {
    std::uint32_t at = index.find(property.name);
    if (at == IdTable::kNone) {
      at = static_cast<std::uint32_t>(into.properties.size());
      into.properties.push_back({property.name, value_of(into, property.name)});
      for (Demand& demand : into.demands) name_options(demand, property.name, at);
      index.added();
    } else {
      shared[at] = true;
    }
    into.properties[at].value = nodes_.both(into.properties[at].value, property.value);
    into.properties[at].required |= property.required;
    to.push_back(at);
  }
  for (const Implication& implication : other.implications)
    into.implications.push_back({to[implication.trigger], to[implication.required]});
  std::vector<Demand> demands = other.demands;
  for (Demand& demand : demands)
    for (Demand::Option& option : demand.options)
      if (option.property != kNoLimit) option.property = to[option.property];
  for (std::uint32_t i = 0; i < own; ++i) {
    if (shared[i]) continue;
    Property& property = into.properties[i];
    property.value = nodes_.both(property.value, value_of(other, property.name));
    for (Demand& demand : demands) name_options(demand, property.name, i);
  }
  into.demands.insert(into.demands.end(), demands.begin(), demands.end());
  add_classes(into, other);
  into.min_properties = std::max(into.min_properties, other.min_properties);
  into.max_properties = std::min(into.max_properties, other.max_properties);
  return settle(into);
}

void Conjunction::add_classes(ObjectForm& into, const ObjectForm& other) {
  if (other.classes.size() == 1 && other.classes[0].key == any_key_) {
    if (other.classes[0].value == kAnyValue) return;
    for (KeyClass& c : into.classes) c.value = nodes_.both(c.value, other.classes[0].value);
    return merge_classes(into.classes);
  }
  std::vector<KeyClass> classes;
  for (const KeyClass& a : into.classes)
    for (const KeyClass& b : other.classes) {
      const Node value = nodes_.both(a.value, b.value);
      const Regex key = a.key == any_key_ || a.key == b.key ? b.key : e_.both(a.key, b.key);
      if (value != kNoValue && !e_.is_nothing(key)) classes.push_back({key, value});
    }
  merge_classes(classes);
  into.classes = std::move(classes);
}

bool Conjunction::settle(ObjectForm& form) {
  if (!settle_demands(form)) return false;
  std::uint32_t required = 0;
  std::uint32_t possible = 0;
  for (bool changed = true; changed;) {
    changed = false;
    std::erase_if(form.implications, [&](const Implication& implication) {
      Property& trigger = form.properties[implication.trigger];
      Property& implied = form.properties[implication.required];
      const bool fires = trigger.required && !implied.required;
      const bool blocked = implied.value == kNoValue && trigger.value != kNoValue;
      if (fires) implied.required = true;
      if (blocked) trigger.value = kNoValue;
      changed |= fires || blocked;
      return implied.required || trigger.value == kNoValue;
    });
  }
  for (const Property& property : form.properties) {
    if (property.required && property.value == kNoValue) return false;
    required += property.required ? 1 : 0;
    possible += property.value != kNoValue ? 1 : 0;
  }
  if (form.classes.empty()) {
    if (form.min_properties > possible) return false;
    if (form.max_properties >= possible) form.max_properties = kNoLimit;
  }
  if (form.min_properties <= required) form.min_properties = 0;
  return form.max_properties >= required && form.max_properties >= form.min_properties;
}

bool Conjunction::settle_demands(ObjectForm& form) {
  bool possible = true;
  std::erase_if(form.demands, [&](Demand& demand) {
    std::erase_if(demand.options, [&](const Demand::Option& option) {
      const Node value = option.property == kNoLimit
                             ? option.value
                             : nodes_.both(option.value, form.properties[option.property].value);
      return value == kNoValue || (option.property == kNoLimit && form.classes.empty());
    });
    possible &= !demand.options.empty();
    if (demand.options.size() != 1 || demand.options[0].property == kNoLimit) return false;
    Property& property = form.properties[demand.options[0].property];
    property.value = nodes_.both(property.value, demand.options[0].value);
    property.required = true;
    return true;
  });
  return possible;
}

// --- arrays -------------------------------------------------------------------------------------

Node Conjunction::item_of(const ArrayForm& form, std::size_t index) {
  return index < form.prefix.size() ? form.prefix[index] : form.rest;
}

bool Conjunction::add(ArrayForm& into, const ArrayForm& other) {
  const std::size_t prefix = std::max(into.prefix.size(), other.prefix.size());
  for (std::size_t i = 0; i < prefix; ++i) {
    const Node item = nodes_.both(item_of(into, i), item_of(other, i));
    if (i < into.prefix.size()) {
      into.prefix[i] = item;
    } else {
      into.prefix.push_back(item);
    }
  }
  into.rest = nodes_.both(into.rest, other.rest);
  into.min_items = std::max(into.min_items, other.min_items);
  into.max_items = std::min(into.max_items, other.max_items);
  into.contains.insert(into.contains.end(), other.contains.begin(), other.contains.end());
  into.unique |= other.unique;
  return settle(into);
}

bool Conjunction::settle(ArrayForm& form) {
  std::erase_if(form.contains, [&](const Contains& c) {
    if (c.min == 0 && c.max == kNoLimit) return true;
    if (c.max != 0 || c.min != 0) return false;
    const Node none = nodes_.negation(c.item);
    while (form.prefix.size() < c.from) form.prefix.push_back(form.rest);
    for (std::size_t i = c.from; i < form.prefix.size(); ++i)
      form.prefix[i] = nodes_.both(form.prefix[i], none);
    form.rest = nodes_.both(form.rest, none);
    return true;
  });
  const auto impossible = std::ranges::find(form.prefix, kNoValue);
  if (impossible != form.prefix.end()) form.rest = kNoValue;
  form.prefix.erase(impossible, form.prefix.end());
  const auto prefix = static_cast<std::uint32_t>(form.prefix.size());
  if (form.rest == kNoValue) form.max_items = std::min(form.max_items, prefix);
  if (form.max_items < prefix) form.prefix.resize(form.max_items);
  if (form.max_items <= prefix) form.rest = kNoValue;
  for (const Contains& c : form.contains)
    if (c.item == kNoValue || c.min > c.max)
      if (c.min > 0) return false;
  return form.min_items <= form.max_items;
}

// ------------------------------------------------------------------------------------------------

bool Conjunction::add(Alternative& into, const Alternative& other, Composite kind) {
  into.evaluated.keys = into.evaluated.keys == any_key_ || other.evaluated.keys == any_key_
                            ? any_key_
                            : e_.either(into.evaluated.keys, other.evaluated.keys);
  into.evaluated.names.insert(into.evaluated.names.end(), other.evaluated.names.begin(),
                              other.evaluated.names.end());
  into.evaluated.prefix = std::max(into.evaluated.prefix, other.evaluated.prefix);
  into.evaluated.matching = nodes_.either(into.evaluated.matching, other.evaluated.matching);
  return kind == Composite::array ? add(into.array, other.array) : add(into.object, other.object);
}

}  // namespace runtime::grammar::schema
