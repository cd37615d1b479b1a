// SPDX-License-Identifier: Apache-2.0
// Keywords of arrays: what they ask for, and what their negation asks for.
#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/schema/expander.h"

namespace runtime::grammar::schema {

using json::Value;

// prefixItems and items, or as drafts before 2020-12 say it: items as a list, additionalItems.
Expander::Items Expander::items(const Site& site) {
  const Value* items = site[Keyword::items];
  const bool is_list = items != nullptr && items->is(Value::Kind::array);
  const Value* prefix = is_list ? items : site[Keyword::prefix_items];
  const Value* rest = is_list ? site[Keyword::additional_items] : items;
  return {children(site.place, prefix), child(site.place, rest), rest != nullptr};
}

std::optional<Contains> Expander::contains(const Site& site) {
  const Value* schema = site[Keyword::contains];
  if (schema == nullptr) return {};
  return Contains{.item = child(site.place, schema),
                  .min = limit(site[Keyword::min_contains], 1),
                  .max = limit(site[Keyword::max_contains], kNoLimit)};
}

bool Expander::own_array(const Site& site, Mode mode, Alternative& out) {
  ArrayForm& form = out.array;
  Items own = items(site);
  const auto found = contains(site);
  if (mode != Mode::plain) {
    out.evaluated.prefix = own.has_rest ? kNoLimit : static_cast<std::uint32_t>(own.prefix.size());
    const bool counts = documents_.dialect(site.place).draft == Draft::draft2020_12;
    if (found && counts) out.evaluated.matching = found->item;
  }
  form.prefix = std::move(own.prefix);
  form.rest = own.rest;
  if (found) form.contains.push_back(*found);
  form.min_items = limit(site[Keyword::min_items], 0);
  form.max_items = limit(site[Keyword::max_items], kNoLimit);
  form.unique = is_true(site[Keyword::unique_items]);
  return conjunction_.settle(form);
}

Alternatives Expander::not_own_array(const Site& site) {
  Alternatives list;
  const auto add = [&](ArrayForm form) {
    if (!conjunction_.settle(form)) return;
    list.add(conjunction_.any());
    list.back().array = std::move(form);
  };
  const Items own = items(site);
  for (std::size_t i = 0; i < own.prefix.size(); ++i) {
    ArrayForm wrong{.prefix = List<Node>(i, kAnyValue),
                    .min_items = static_cast<std::uint32_t>(i + 1)};
    wrong.prefix.push_back(nodes_.negation(own.prefix[i]));
    add(std::move(wrong));
  }
  const auto prefix = static_cast<std::uint32_t>(own.prefix.size());
  if (own.rest == kNoValue) {
    add({.min_items = prefix + 1});
  } else if (own.rest != kAnyValue) {
    add({.contains = {{.item = nodes_.negation(own.rest), .from = prefix, .min = 1}}});
  }
  if (const auto found = contains(site)) {
    if (found->min > 0) add({.contains = {{.item = found->item, .max = found->min - 1}}});
    if (found->max < kNoLimit) add({.contains = {{.item = found->item, .min = found->max + 1}}});
  }
  if (const std::uint32_t min = limit(site[Keyword::min_items], 0); min > 0)
    add({.max_items = min - 1});
  if (const std::uint32_t max = limit(site[Keyword::max_items], kNoLimit); max < kNoLimit)
    add({.min_items = max + 1});
  if (const Value* unique = site[Keyword::unique_items]; is_true(unique))
    refuse("the negation of uniqueItems is not supported", *unique);
  return list;
}

Alternatives Expander::constant_array(const Place& place) {
  const Value& value = *place.schema;
  Alternative alternative = conjunction_.any();
  ArrayForm& form = alternative.array;
  for (const Value& item : value.items) form.prefix.push_back(constant(place, item));
  form.rest = kNoValue;
  form.min_items = form.max_items = static_cast<std::uint32_t>(value.items.size());
  return {std::move(alternative)};
}

Alternatives Expander::not_constant_array(const Place& place) {
  const Value& value = *place.schema;
  Alternatives list;
  const auto add = [&](ArrayForm form) {
    list.add(conjunction_.any());
    list.back().array = std::move(form);
  };
  const auto size = static_cast<std::uint32_t>(value.items.size());
  if (size > 0) add({.max_items = size - 1});
  add({.min_items = size + 1});
  for (std::uint32_t i = 0; i < size; ++i) {
    ArrayForm differs{.prefix = List<Node>(i, kAnyValue), .min_items = i + 1};
    differs.prefix.push_back(nodes_.negation(constant(place, value.items[i])));
    add(std::move(differs));
  }
  return list;
}

}  // namespace runtime::grammar::schema
