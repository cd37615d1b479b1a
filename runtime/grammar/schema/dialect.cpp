// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/schema/dialect.h"

#include <algorithm>
#include <iterator>

namespace runtime::grammar::schema {
namespace {

using json::Value;
using enum Draft;

enum class Vocabulary : std::uint8_t { core, applicator, validation, unevaluated, format };

struct Row {
  std::string_view name;
  Keyword keyword;
  Draft first, last;
  Vocabulary vocabulary;
  Holds holds = Holds::other;
};

// In the order of the names.
constexpr Row kRows[] = {
    {"$defs", Keyword::defs, draft4, draft2020_12, Vocabulary::core, Holds::map},
    {"$dynamicRef", Keyword::dynamic_ref, draft2020_12, draft2020_12, Vocabulary::core},
    {"$recursiveRef", Keyword::recursive_ref, draft2019_09, draft2019_09, Vocabulary::core},
    {"$ref", Keyword::ref, draft4, draft2020_12, Vocabulary::core},
    {"additionalItems", Keyword::additional_items, draft4, draft2020_12, Vocabulary::applicator,
     Holds::schema},
    {"additionalProperties", Keyword::additional_properties, draft4, draft2020_12,
     Vocabulary::applicator, Holds::schema},
    {"allOf", Keyword::all_of, draft4, draft2020_12, Vocabulary::applicator, Holds::list},
    {"anyOf", Keyword::any_of, draft4, draft2020_12, Vocabulary::applicator, Holds::list},
    {"const", Keyword::constant, draft6, draft2020_12, Vocabulary::validation},
    {"contains", Keyword::contains, draft6, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"definitions", Keyword::definitions, draft4, draft2020_12, Vocabulary::core, Holds::map},
    {"dependencies", Keyword::dependencies, draft4, draft2020_12, Vocabulary::applicator,
     Holds::map},
    {"dependentRequired", Keyword::dependent_required, draft2019_09, draft2020_12,
     Vocabulary::validation},
    {"dependentSchemas", Keyword::dependent_schemas, draft2019_09, draft2020_12,
     Vocabulary::applicator, Holds::map},
    {"else", Keyword::else_, draft7, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"enum", Keyword::enumeration, draft4, draft2020_12, Vocabulary::validation},
    {"exclusiveMaximum", Keyword::exclusive_maximum, draft4, draft2020_12, Vocabulary::validation},
    {"exclusiveMinimum", Keyword::exclusive_minimum, draft4, draft2020_12, Vocabulary::validation},
    {"format", Keyword::format, draft4, draft2020_12, Vocabulary::format},
    {"if", Keyword::if_, draft7, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"items", Keyword::items, draft4, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"maxContains", Keyword::max_contains, draft2019_09, draft2020_12, Vocabulary::validation},
    {"maxItems", Keyword::max_items, draft4, draft2020_12, Vocabulary::validation},
    {"maxLength", Keyword::max_length, draft4, draft2020_12, Vocabulary::validation},
    {"maxProperties", Keyword::max_properties, draft4, draft2020_12, Vocabulary::validation},
    {"maximum", Keyword::maximum, draft4, draft2020_12, Vocabulary::validation},
    {"minContains", Keyword::min_contains, draft2019_09, draft2020_12, Vocabulary::validation},
    {"minItems", Keyword::min_items, draft4, draft2020_12, Vocabulary::validation},
    {"minLength", Keyword::min_length, draft4, draft2020_12, Vocabulary::validation},
    {"minProperties", Keyword::min_properties, draft4, draft2020_12, Vocabulary::validation},
    {"minimum", Keyword::minimum, draft4, draft2020_12, Vocabulary::validation},
    {"multipleOf", Keyword::multiple_of, draft4, draft2020_12, Vocabulary::validation},
    {"not", Keyword::not_, draft4, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"oneOf", Keyword::one_of, draft4, draft2020_12, Vocabulary::applicator, Holds::list},
    {"pattern", Keyword::pattern, draft4, draft2020_12, Vocabulary::validation},
    {"patternProperties", Keyword::pattern_properties, draft4, draft2020_12, Vocabulary::applicator,
     Holds::map},
    {"prefixItems", Keyword::prefix_items, draft2020_12, draft2020_12, Vocabulary::applicator,
     Holds::list},
    {"properties", Keyword::properties, draft4, draft2020_12, Vocabulary::applicator, Holds::map},
    {"propertyNames", Keyword::property_names, draft6, draft2020_12, Vocabulary::applicator,
     Holds::schema},
    {"required", Keyword::required, draft4, draft2020_12, Vocabulary::validation},
    {"then", Keyword::then, draft7, draft2020_12, Vocabulary::applicator, Holds::schema},
    {"type", Keyword::type, draft4, draft2020_12, Vocabulary::validation},
    {"unevaluatedItems", Keyword::unevaluated_items, draft2019_09, draft2020_12,
     Vocabulary::unevaluated, Holds::schema},
    {"unevaluatedProperties", Keyword::unevaluated_properties, draft2019_09, draft2020_12,
     Vocabulary::unevaluated, Holds::schema},
    {"uniqueItems", Keyword::unique_items, draft4, draft2020_12, Vocabulary::validation},
};

const Row* find_row(std::string_view name) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), name,
                                     [](const Row& r, std::string_view n) { return r.name < n; });
  return row != std::end(kRows) && row->name == name ? row : nullptr;
}

bool has(const Dialect& dialect, const Row& row) {
  if (dialect.draft < row.first || dialect.draft > row.last) return false;
  if (row.vocabulary == Vocabulary::applicator) return dialect.has_applicators;
  if (row.vocabulary == Vocabulary::validation) return dialect.has_validation;
  if (row.vocabulary == Vocabulary::unevaluated)
    return dialect.draft == draft2019_09 ? dialect.has_applicators : dialect.has_unevaluated;
  return true;
}

}  // namespace

std::optional<Draft> find_draft(std::string_view uri) {
  constexpr struct {
    std::string_view name;
    Draft draft;
  } kDrafts[] = {{"draft-04/schema", draft4},
                 {"draft-06/schema", draft6},
                 {"draft-07/schema", draft7},
                 {"draft/2019-09/schema", draft2019_09},
                 {"draft/2020-12/schema", draft2020_12}};
  const std::size_t site = uri.find("://json-schema.org/");
  if (site == std::string_view::npos) return {};
  std::string_view name = uri.substr(site + std::string_view("://json-schema.org/").size());
  if (name.ends_with('#')) name.remove_suffix(1);
  for (const auto& row : kDrafts)
    if (name == row.name) return row.draft;
  return {};
}

std::optional<Dialect> read_vocabularies(const Value& metaschema, Dialect dialect) {
  const Value* vocabularies = metaschema.find("$vocabulary");
  if (vocabularies == nullptr || dialect.draft < draft2019_09) return dialect;
  dialect.has_applicators = dialect.has_validation = dialect.has_unevaluated = false;
  for (const auto& [uri, required] : vocabularies->members) {
    const std::string_view name = std::string_view(uri).substr(uri.rfind('/') + 1);
    const bool known = uri.find("://json-schema.org/draft/") != std::string::npos;
    if (!known && required.boolean) return {};
    if (!known) continue;
    dialect.has_applicators |= name == "applicator";
    dialect.has_validation |= name == "validation";
    dialect.has_unevaluated |= name == "unevaluated";
    dialect.asserts_formats |= name == "format-assertion" || (name == "format" && required.boolean);
  }
  return dialect;
}

Keywords read_keywords(const Value& schema, const Dialect& dialect) {
  Keywords found;
  if (dialect.ref_stands_alone()) {
    if (const Value* ref = schema.find("$ref"); ref != nullptr && ref->is(Value::Kind::string)) {
      found.set(Keyword::ref, *ref);
      return found;
    }
  }
  for (const json::Member& member : schema.members) {
    const Row* row = find_row(member.key);
    if (row == nullptr || row->keyword == Keyword::defs || row->keyword == Keyword::definitions)
      continue;
    if (has(dialect, *row)) found.set(row->keyword, member.value);
  }
  return found;
}

Holds holds(std::string_view name) {
  const Row* row = find_row(name);
  return row == nullptr ? Holds::other : row->holds;
}

}  // namespace runtime::grammar::schema
