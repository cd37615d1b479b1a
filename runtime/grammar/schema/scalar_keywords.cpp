// SPDX-License-Identifier: Apache-2.0
// Keywords of scalars, and what keywords that combine schemas mean for scalars.
#include <algorithm>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/json_text.h"
#include "runtime/grammar/regex/pattern.h"
#include "runtime/grammar/schema/expander.h"
#include "runtime/grammar/schema/formats.h"
#include "runtime/grammar/schema/numbers.h"

namespace runtime::grammar::schema {

using json::Value;
using regex::Regex;

bool is_scalar(const Value& value) {
  return !value.is(Value::Kind::array) && !value.is(Value::Kind::object);
}

bool is_true(const Value* value) { return value != nullptr && value->boolean; }

bool allows(const Value* type, Composite kind) {
  const std::string_view name = kind == Composite::array ? "array" : "object";
  return type == nullptr || type->text == name ||
         std::ranges::any_of(type->items, [&](const Value& item) { return item.text == name; });
}

Scalars Expander::types(const Value& type) {
  const auto of = [&](std::string_view name) -> Scalars {
    if (name == "null") return {.words = Scalars::kNull};
    if (name == "boolean") return {.words = Scalars::kTrue | Scalars::kFalse};
    if (name == "string") return {.string = sets_.all().string};
    if (name == "number") return {.number = sets_.all().number};
    if (name == "integer") return {.number = plain_integers(e_)};
    if (name == "array" || name == "object") return {};
    refuse("there is no such type", type);
    return {};
  };
  if (type.is(Value::Kind::string)) return of(type.text);
  if (!type.is(Value::Kind::array)) refuse("a type is a name or a list of names", type);
  Scalars any;
  for (const Value& name : type.items) any = sets_.either(any, of(name.text));
  return any;
}

// --- const, enum --------------------------------------------------------------------------------

Regex Expander::equal_number(const Value& number) {
  const auto value = parse_decimal(number.text);
  if (value) return equal_to(e_, *value);
  refuse("the number is too long", number);
  return regex::kNothing;
}

Scalars Expander::constant_scalars(const Value& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return {.words = Scalars::kNull};
    case Value::Kind::boolean:
      return {.words = value.boolean ? Scalars::kTrue : Scalars::kFalse};
    case Value::Kind::number:
      return {.number = equal_number(value)};
    case Value::Kind::string:
      return {.string = regex::exactly(e_, value.text)};
    default:
      return {};
  }
}

Scalars Expander::enumeration(const Value& values) {
  Scalars any;
  List<Regex> numbers;
  List<std::string_view> strings;
  for (const Value& value : values.items) {
    if (value.is(Value::Kind::string)) {
      strings.push_back(value.text);
    } else if (value.is(Value::Kind::number)) {
      numbers.push_back(equal_number(value));
    } else {
      any = sets_.either(any, constant_scalars(value));
    }
  }
  any.number = e_.either(numbers);
  any.string = regex::any_of(e_, strings);
  return any;
}

// --- numbers ------------------------------------------------------------------------------------

Regex Expander::numbers(const Site& site) {
  // In draft 4 the exclusive bounds are flags of the others.
  const bool above = is_true(site[Keyword::exclusive_minimum]);
  const bool below = is_true(site[Keyword::exclusive_maximum]);
  const struct {
    Keyword keyword;
    Bound bound;
  } rows[] = {{Keyword::minimum, above ? Bound::greater_than : Bound::at_least},
              {Keyword::maximum, below ? Bound::less_than : Bound::at_most},
              {Keyword::exclusive_minimum, Bound::greater_than},
              {Keyword::exclusive_maximum, Bound::less_than},
              {Keyword::multiple_of, {}}};
  List<Regex> parts;
  for (const auto& [keyword, bound] : rows) {
    const Value* value = site[keyword];
    if (value == nullptr || value->is(Value::Kind::boolean)) continue;
    const auto decimal = value->is(Value::Kind::number) ? parse_decimal(value->text) : std::nullopt;
    parts.push_back(!decimal                          ? regex::kNothing
                    : keyword == Keyword::multiple_of ? multiples_of(e_, *decimal)
                                                      : bounded(e_, bound, *decimal));
    if (parts.back() == regex::kNothing && !e_.fuel().exhausted())
      refuse("expected a number, of bearable length; of a divisor, more than 0", *value);
  }
  return parts.empty() ? sets_.all().number : e_.both(parts);
}

// --- strings ------------------------------------------------------------------------------------

// The strings in which `text` matches somewhere.
Regex Expander::pattern(std::string_view text, const Value& at) {
  auto parsed = regex::parse_pattern(e_, text, {.text = regex::Text::json_string, .search = true});
  if (parsed) return regex::quoted(e_, *parsed);
  refuse(parsed.refusal().message, at);
  return regex::kNothing;
}

// Nothing: the format says nothing.
Regex Expander::format(const Value& name) {
  for (const auto& [known, strings] : formats_)
    if (known == name.text) return strings;
  if (is_format_beyond_us(name.text)) refuse("the format cannot be enforced", name);
  formats_.push_back({name.text, format_strings(e_, name.text)});
  return formats_.back().strings;
}

Regex Expander::strings(const Site& site) {
  const Regex all = sets_.all().string;
  List<Regex> parts;
  if (const Value* text = site[Keyword::pattern]) parts.push_back(pattern(text->text, *text));
  const std::uint32_t min = limit(site[Keyword::min_length], 0);
  const std::uint32_t max = limit(site[Keyword::max_length], kNoLimit);
  if (min > max) return regex::kNothing;
  if (min > 0 || max < kNoLimit) parts.push_back(regex::string_of(e_, min, max));
  const Value* name = site[Keyword::format];
  if (name != nullptr && (assert_formats_ || documents_.dialect(site.place).asserts_formats))
    if (const Regex known = format(*name); known != regex::kNothing) parts.push_back(known);
  return parts.empty() ? all : e_.both(parts);
}

// --- schemas ------------------------------------------------------------------------------------

Scalars Expander::scalars_of_schema(const Site& site) {
  Scalars all = sets_.all();
  if (const Value* type = site[Keyword::type]) all = types(*type);
  for (const Node node : conjuncts(site)) {
    if (all == Scalars{}) return all;
    all = sets_.both(all, scalars(node));
  }
  if (all.number != regex::kNothing) all = sets_.both(all, {all.words, numbers(site), all.string});
  if (all.string != regex::kNothing) all = sets_.both(all, {all.words, all.number, strings(site)});
  return all;
}

// By halves, so that unions of many are joined a few times and not one by one.
Expander::Overlaps Expander::overlaps(std::span<const Node> nodes, bool look_for_twice) {
  if (nodes.empty()) return {};
  if (nodes.size() == 1) return {scalars(nodes[0]), {}};
  const Overlaps a = overlaps(nodes.first(nodes.size() / 2), look_for_twice);
  const Overlaps b = overlaps(nodes.subspan(nodes.size() / 2), look_for_twice);
  const Scalars once = sets_.either(a.once, b.once);
  if (!look_for_twice) return {once, {}};
  const Scalars twice = sets_.either(a.twice, b.twice);
  const Scalars shared = sets_.both(a.once, b.once);
  return {once, sets_.is_nothing(shared) ? twice : sets_.either(twice, shared)};
}

Scalars Expander::one_of_scalars(std::span<const Node> nodes) {
  const Overlaps found = overlaps(nodes, true);
  return found.twice == Scalars{} ? found.once
                                  : sets_.both(found.once, sets_.complement(found.twice));
}

Scalars Expander::conditional_scalars(const Condition& condition) {
  if (condition.then == kAnyValue && condition.otherwise == kAnyValue) return sets_.all();
  const Scalars holds = scalars(condition.holds);
  return sets_.either(sets_.both(holds, scalars(condition.then)),
                      sets_.both(sets_.complement(holds), scalars(condition.otherwise)));
}

}  // namespace runtime::grammar::schema
