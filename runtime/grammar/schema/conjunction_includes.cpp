// SPDX-License-Identifier: Apache-2.0
// Which alternatives say nothing that another one does not say as well.
#include <algorithm>
#include <utility>

#include "runtime/grammar/schema/alternatives.h"

namespace runtime::grammar::schema {
namespace {

const Property* find(const ObjectForm& form, std::string_view name) {
  const auto found = std::ranges::find(form.properties, name, &Property::name);
  return found == form.properties.end() ? nullptr : &*found;
}

bool are_same_keys(const KeyClass& a, const KeyClass& b) {
  return a.key == b.key && a.value == b.value;
}

}  // namespace

// Whether every value of `part` is one of `whole`, as far as that can be seen by their literals.
bool Conjunction::includes(Node whole, Node part) const {
  if (whole == part || whole == kAnyValue || part == kNoValue) return true;
  if (whole == kNoValue || part == kAnyValue) return false;
  return std::ranges::includes(nodes_.literals(part), nodes_.literals(whole));
}

bool Conjunction::includes(const ObjectForm& whole, const ObjectForm& part) {
  if (!whole.implications.empty() || whole.demands.size() > part.demands.size() ||
      whole.min_properties > part.min_properties || whole.max_properties < part.max_properties)
    return false;
  const bool is_open = whole.classes.size() == 1 && whole.classes[0].key == any_key_ &&
                       whole.classes[0].value == kAnyValue;
  if (!is_open && !std::ranges::equal(whole.classes, part.classes, are_same_keys)) return false;
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
  return std::ranges::all_of(whole.demands, [&](const Demand& demand) {
    return std::ranges::any_of(part.demands, [&](const Demand& other) {
      return std::ranges::equal(
          demand.options, other.options, [&](const auto& option, const auto& its) {
            const bool named = option.property != kNoLimit;
            return named == (its.property != kNoLimit) && option.value == its.value &&
                   (named ? whole.properties[option.property].name ==
                                part.properties[its.property].name
                          : option.key == its.key);
          });
    });
  });
}

// Objects only. Quadratic, and so only for lists of bearable length.
void Conjunction::drop_included(Alternatives& list) {
  constexpr std::size_t kFew = 4;
  constexpr std::size_t kMany = 300;
  if (list.size() <= kFew || list.size() > kMany) return;
  std::vector<bool> dropped(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    for (std::size_t k = 0; k < list.size() && !dropped[i]; ++k)
      dropped[i] =
          k != i && !dropped[k] && includes(list.begin()[k].object, list.begin()[i].object);
  Alternatives kept;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (!dropped[i]) kept.add(std::move(list.begin()[i]));
  list = std::move(kept);
}

}  // namespace runtime::grammar::schema
