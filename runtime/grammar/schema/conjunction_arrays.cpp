// SPDX-License-Identifier: Apache-2.0
// Arrays that two constraints allow together.
#include <algorithm>

#include "runtime/grammar/schema/alternatives.h"

namespace runtime::grammar::schema {

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
  into.contains.append(other.contains);
  into.unique |= other.unique;
  return settle(into);
}

bool Conjunction::settle(ArrayForm& form) {
  erase_if(form.contains, [&](const Contains& c) {
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

}  // namespace runtime::grammar::schema
