// SPDX-License-Identifier: Apache-2.0
// Objects that two constraints allow together.
#include <algorithm>
#include <utility>

#include "runtime/grammar/id_table.h"
#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/alternatives.h"

namespace runtime::grammar::schema {

using regex::Regex;

namespace {

// Which property has this name? A table for many of them, a look at each for few.
class PropertyIndex {
 public:
  explicit PropertyIndex(const List<Property>& properties) : properties_(properties) {
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

  const List<Property>& properties_;
  IdTable table_;
};

}  // namespace

bool Conjunction::add(ObjectForm& into, const ObjectForm& other) {
  const std::size_t own = into.properties.size();
  PropertyIndex index(into.properties);
  List<std::uint32_t> to;  // by index in other: the index in into
  List<bool> shared(own);
  for (const Property& property : other.properties) {
    std::uint32_t at = index.find(property.name);
    if (at == IdTable::kNone) {
      at = static_cast<std::uint32_t>(into.properties.size());
      into.properties.push_back({property.name, value_of(into, property.name)});
      name_options(into, at);
      index.added();
    } else {
      shared[at] = true;
    }
    into.properties[at].value = nodes_.both(into.properties[at].value, property.value);
    into.properties[at].required |= property.required;
    into.properties[at].evaluated |= property.evaluated;
    to.push_back(at);
  }
  for (const Implication& implication : other.implications)
    into.implications.push_back({to[implication.trigger], to[implication.required]});
  List<Option> before;
  before.swap(into.options);
  const std::uint32_t demands = before.empty() ? 0 : before.back().demand + 1;
  for (Option option : other.options) {
    option.demand += demands;
    if (option.property != kNoLimit) option.property = to[option.property];
    into.options.push_back(option);
  }
  for (std::uint32_t i = 0; i < own; ++i) {
    if (shared[i]) continue;
    Property& property = into.properties[i];
    property.value = nodes_.both(property.value, value_of(other, property.name));
    name_options(into, i);
  }
  before.append(into.options);
  before.swap(into.options);
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
  List<KeyClass> classes;
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
    erase_if(form.implications, [&](const Implication& implication) {
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
  List<Option> settled;
  const std::uint32_t demands = form.demands();
  const Option* option = form.options.begin();
  for (std::uint32_t demand = 0; demand < demands; ++demand) {
    const std::size_t before = settled.size();
    for (; option != form.options.end() && option->demand == demand; ++option) {
      const bool named = option->property != kNoLimit;
      const Node value = named ? nodes_.both(option->value, form.properties[option->property].value)
                         : form.classes.empty() ? kNoValue
                                                : option->value;
      if (value == kNoValue) continue;
      settled.push_back(*option);
    }
    if (settled.size() == before) return false;
    const Option& only = settled.back();
    if (settled.size() > before + 1 || only.property == kNoLimit) continue;
    Property& property = form.properties[only.property];
    property.value = nodes_.both(property.value, only.value);
    property.required = true;
    settled.pop_back();
  }
  form.options = std::move(settled);
  number_demands(form);
  return true;
}

void Conjunction::number_demands(ObjectForm& form) {
  std::uint32_t demands = 0;
  std::uint32_t before = 0;
  for (Option& option : form.options) {
    if (option.demand != before && &option != form.options.begin()) ++demands;
    before = option.demand;
    option.demand = demands;
  }
}

}  // namespace runtime::grammar::schema
