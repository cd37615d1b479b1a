// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/grammar/schema/form_values.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "runtime/grammar/schema/numbers.h"
#include "tests/runtime/grammar/schema/suites.h"

namespace tests::schema {

using runtime::grammar::json::Member;
using runtime::grammar::json::Value;
using runtime::grammar::schema::ArrayForm;
using runtime::grammar::schema::Contains;
using runtime::grammar::schema::Form;
using runtime::grammar::schema::Implication;
using runtime::grammar::schema::kAnyValue;
using runtime::grammar::schema::KeyClass;
using runtime::grammar::schema::kNoLimit;
using runtime::grammar::schema::kNoValue;
using runtime::grammar::schema::ObjectForm;
using runtime::grammar::schema::Option;
using runtime::grammar::schema::Property;

namespace {

Value string_value(std::string_view text) {
  Value value;
  value.kind = Value::Kind::string;
  value.text = text;
  return value;
}

bool are_equal(const Value& a, const Value& b) {
  if (a.kind != b.kind) return false;
  if (a.is(Value::Kind::number)) {
    const auto x = runtime::grammar::schema::parse_decimal(a.text);
    return x == runtime::grammar::schema::parse_decimal(b.text);
  }
  if (a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  return a.boolean == b.boolean && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), are_equal) &&
         std::ranges::all_of(a.members, [&](const Member& member) {
           const Value* other = b.find(member.key);
           return other != nullptr && are_equal(member.value, *other);
         });
}

bool within(std::size_t count, std::uint32_t min, std::uint32_t max) {
  return count >= min && (max == kNoLimit || count <= max);
}

std::string limits(std::string_view name, std::uint32_t min, std::uint32_t max) {
  std::string text;
  if (min > 0) text += " " + std::string(name) + " >= " + std::to_string(min);
  if (max != kNoLimit) text += " " + std::string(name) + " <= " + std::to_string(max);
  return text;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : std::string(between)) + part;
  return text;
}

}  // namespace

bool FormValues::matches(Regex regex, std::string_view text) {
  for (const char c : text) regex = e_.derivative(regex, static_cast<std::uint8_t>(c));
  return e_.is_nullable(regex);
}

bool FormValues::has(Node node, const Value& value) {
  const Form& form = forms_.form(node);
  if (value.is(Value::Kind::array))
    return std::ranges::any_of(form.arrays,
                               [&](const ArrayForm& array) { return has_items(array, value); });
  if (value.is(Value::Kind::object))
    return std::ranges::any_of(
        form.objects, [&](const ObjectForm& object) { return has_members(object, value); });
  return matches(form.scalars, write(value, Style::compact));
}

bool FormValues::has_items(const ArrayForm& form, const Value& array) {
  if (!within(array.items.size(), form.min_items, form.max_items)) return false;
  for (std::size_t i = 0; i < array.items.size(); ++i)
    if (!has(i < form.prefix.size() ? form.prefix[i] : form.rest, array.items[i])) return false;
  for (const Contains& contains : form.contains) {
    std::size_t found = 0;
    for (std::size_t i = contains.from; i < array.items.size(); ++i)
      found += has(contains.item, array.items[i]) ? 1 : 0;
    if (!within(found, contains.min, contains.max)) return false;
  }
  for (std::size_t i = 0; form.unique && i < array.items.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (are_equal(array.items[i], array.items[k])) return false;
  return true;
}

bool FormValues::has_members(const ObjectForm& form, const Value& object) {
  if (!within(object.members.size(), form.min_properties, form.max_properties)) return false;
  for (const Property& property : form.properties) {
    const Value* value = object.find(property.name);
    if (value == nullptr ? property.required : !has(property.value, *value)) return false;
  }
  for (const Member& member : object.members) {
    if (std::ranges::find(form.properties, member.key, &Property::name) != form.properties.end())
      continue;
    const std::string key = write(string_value(member.key), Style::compact);
    const auto keys =
        std::ranges::find_if(form.classes, [&](const KeyClass& c) { return matches(c.key, key); });
    if (keys == form.classes.end() || !has(keys->value, member.value)) return false;
  }
  for (const Implication& implication : form.implications)
    if (object.find(form.properties[implication.trigger].name) != nullptr &&
        object.find(form.properties[implication.required].name) == nullptr)
      return false;
  for (std::uint32_t demand = 0; demand < form.demands(); ++demand)
    if (!meets(form, demand, object)) return false;
  return true;
}

bool FormValues::meets(const ObjectForm& form, std::uint32_t demand, const Value& object) {
  return std::ranges::any_of(form.options, [&](const Option& option) {
    return option.demand == demand &&
           std::ranges::any_of(object.members, [&](const Member& member) {
             const auto named = std::ranges::find(form.properties, member.key, &Property::name);
             const bool is_named = named != form.properties.end();
             const auto index = static_cast<std::uint32_t>(named - form.properties.begin());
             const bool is_key =
                 option.property != kNoLimit
                     ? is_named && index == option.property
                     : !is_named &&
                           matches(option.key, write(string_value(member.key), Style::compact));
             return is_key && has(option.value, member.value);
           });
  });
}

// --- print --------------------------------------------------------------------------------------

std::string FormValues::scalars(Regex regex) {
  constexpr std::string_view kSamples[] = {"null", "true", "false", "0",      "1",      "2",
                                           "-2.5", "\"\"", "\"a\"", "\"ab\"", "\"abc\""};
  std::vector<std::string> found;
  for (const std::string_view sample : kSamples)
    if (matches(regex, sample)) found.emplace_back(sample);
  if (found.size() == std::size(kSamples)) return "scalar";
  return join(found, " ");
}

std::string FormValues::keys(Regex regex) {
  constexpr std::string_view kSamples[] = {"\"\"", "\"a\"", "\"ab\"", "\"b\"", "\"x\"", "\"xy\""};
  std::vector<std::string> found;
  for (const std::string_view sample : kSamples)
    if (matches(regex, sample)) found.emplace_back(sample);
  return found.size() == std::size(kSamples) ? "*" : "(" + join(found, " ") + ")";
}

std::string FormValues::print(Node node, unsigned depth) {
  if (node == kAnyValue) return "any";
  if (node == kNoValue) return "none";
  if (depth == 0) return "…";
  const Form& form = forms_.form(node);
  std::vector<std::string> parts;
  if (const std::string some = scalars(form.scalars); !some.empty()) parts.push_back(some);
  for (const ArrayForm& array : form.arrays) parts.push_back(print(array, depth - 1));
  for (const ObjectForm& object : form.objects) parts.push_back(print(object, depth - 1));
  return parts.empty() ? "nothing" : join(parts, " | ");
}

std::string FormValues::print(const ArrayForm& form, unsigned depth) {
  std::vector<std::string> items;
  for (const Node item : form.prefix) items.push_back(print(item, depth));
  if (form.rest != kNoValue) items.push_back(print(form.rest, depth) + "…");
  std::string text = "[" + join(items, ", ") + "]" + limits("size", form.min_items, form.max_items);
  for (const Contains& contains : form.contains) {
    text += " contains(" + print(contains.item, depth);
    if (contains.from > 0) text += " from " + std::to_string(contains.from);
    text += ")" + limits("count", contains.min, contains.max);
  }
  return text + (form.unique ? " unique" : "");
}

std::string FormValues::print(const ObjectForm& form, unsigned depth) {
  std::vector<std::string> parts;
  for (const Property& property : form.properties)
    parts.push_back(std::string(property.name) + (property.required ? "!: " : ": ") +
                    print(property.value, depth));
  for (const KeyClass& c : form.classes)
    parts.push_back(keys(c.key) + ": " + print(c.value, depth));
  std::string text =
      "{" + join(parts, ", ") + "}" + limits("size", form.min_properties, form.max_properties);
  for (const Implication& implication : form.implications)
    text += " " + std::string(form.properties[implication.trigger].name) + " -> " +
            std::string(form.properties[implication.required].name);
  for (std::uint32_t demand = 0; demand < form.demands(); ++demand) {
    std::vector<std::string> options;
    for (const Option& option : form.options)
      if (option.demand == demand)
        options.push_back((option.property != kNoLimit
                               ? std::string(form.properties[option.property].name)
                               : keys(option.key)) +
                          ": " + print(option.value, depth));
    text += " some(" + join(options, " or ") + ")";
  }
  return text;
}

}  // namespace tests::schema
