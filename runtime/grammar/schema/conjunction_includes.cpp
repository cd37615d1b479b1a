// SPDX-License-Identifier: Apache-2.0
// Which alternatives say nothing that others do not say as well.
#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/alternatives.h"

namespace runtime::grammar::schema {
namespace {

const Property* find(const ObjectForm& form, std::string_view name) {
  const auto found = std::ranges::find(form.properties, name, &Property::name);
  return found == form.properties.end() ? nullptr : &*found;
}

}  // namespace

// Whether every value of `part` is one of `whole`, as far as that can be seen by their literals.
bool Conjunction::includes(Node whole, Node part) const {
  if (whole == part || whole == kAnyValue || part == kNoValue) return true;
  if (whole == kNoValue || part == kAnyValue) return false;
  return std::ranges::includes(nodes_.literals(part), nodes_.literals(whole));
}

bool Conjunction::includes(const ObjectForm& whole, const ObjectForm& part) {
  if (!whole.implications.empty() || whole.min_properties > part.min_properties ||
      whole.max_properties < part.max_properties)
    return false;
  const bool is_open = whole.classes.size() == 1 && whole.classes[0].key == any_key_ &&
                       whole.classes[0].value == kAnyValue;
  if (!is_open && whole.classes != part.classes) return false;
  for (const Property& property : whole.properties) {
    const Property* same = find(part, property.name);
    if (property.required && (same == nullptr || !same->required)) return false;
    const Node value = same != nullptr ? same->value : value_of(part, property.name);
    if (!includes(property.value, value)) return false;
  }
  for (const Property& property : part.properties)
    if (find(whole, property.name) == nullptr &&
        !includes(value_of(whole, property.name), property.value))
      return false;
  return whole.options.empty() ||
         std::ranges::equal(whole.options, part.options,
                            [&](const Option& option, const Option& its) {
                              const bool named = option.property != kNoLimit;
                              return named == (its.property != kNoLimit) &&
                                     option.value == its.value && option.demand == its.demand &&
                                     (named ? whole.properties[option.property].name ==
                                                  part.properties[its.property].name
                                            : option.key == its.key);
                            });
}

// Where two forms differ only in a property that one requires and the other forbids, makes `into`
// their union, in which it is optional.
bool Conjunction::join(ObjectForm& into, const ObjectForm& other) {
  if (into.properties.size() != other.properties.size() || into.options != other.options ||
      !into.implications.empty() || !other.implications.empty() ||
      into.min_properties != other.min_properties || into.max_properties != other.max_properties ||
      into.classes != other.classes)
    return false;
  Property* joined = nullptr;
  for (std::size_t i = 0; i < into.properties.size(); ++i) {
    Property& a = into.properties[i];
    const Property& b = other.properties[i];
    if (a.name != b.name) return false;
    if (a.value == b.value && a.required == b.required) continue;
    const bool is_choice = a.required != b.required && (a.required ? b : a).value == kNoValue;
    if (joined != nullptr || !is_choice) return false;
    joined = &a;
  }
  if (joined == nullptr) return false;
  const Property& b = other.properties[static_cast<std::size_t>(joined - into.properties.data())];
  if (!joined->required) joined->value = b.value;
  joined->required = false;
  return true;
}

// Objects only. Quadratic, and so only for lists of bearable length.
void Conjunction::simplify(Alternatives& list) {
  constexpr std::size_t kFew = 4;
  constexpr std::size_t kMany = 300;
  if (list.size() <= kFew || list.size() > kMany) return;
  List<bool> dropped(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t k = 0; k < list.size() && !dropped[i]; ++k)
      dropped[i] =
          k != i && !dropped[k] && includes(list.begin()[k].object, list.begin()[i].object);
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < list.size(); ++i)
      for (std::size_t k = 0; k < list.size() && !dropped[i]; ++k)
        if (k != i && !dropped[k] && join(list.begin()[i].object, list.begin()[k].object))
          changed = dropped[k] = true;
  }
  Alternatives kept;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!dropped[i]) kept.add(std::move(list.begin()[i]));
  list = std::move(kept);
}

}  // namespace runtime::grammar::schema
