// SPDX-License-Identifier: Apache-2.0
// Dialect: which keywords a schema has, and what a schema is called that says so.
//
//   find_draft("http://json-schema.org/draft-07/schema#")    // Draft::draft7
//   const Keywords k = read_keywords(schema, dialect);
//   if (const json::Value* pattern = k[Keyword::pattern]) …
//
// A keyword of another draft is ignored, as that draft's validators do; only the older spellings
// that later drafts replaced (`dependencies`, items as a list) are understood everywhere, since
// many schemas have them without naming a draft.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/grammar/json/value.h"
#include "runtime/grammar/schema/forms.h"

namespace runtime::grammar::schema {

enum class Keyword : std::uint8_t {
  additional_items,
  additional_properties,
  all_of,
  any_of,
  constant,
  contains,
  definitions,
  defs,
  dependencies,
  dependent_required,
  dependent_schemas,
  dynamic_ref,
  else_,
  enumeration,
  exclusive_maximum,
  exclusive_minimum,
  format,
  if_,
  items,
  max_contains,
  max_items,
  max_length,
  max_properties,
  maximum,
  min_contains,
  min_items,
  min_length,
  min_properties,
  minimum,
  multiple_of,
  not_,
  one_of,
  pattern,
  pattern_properties,
  prefix_items,
  properties,
  property_names,
  recursive_ref,
  ref,
  required,
  then,
  type,
  unevaluated_items,
  unevaluated_properties,
  unique_items,
};
inline constexpr std::size_t kKeywordCount = static_cast<std::size_t>(Keyword::unique_items) + 1;

struct Dialect {
  Draft draft = Draft::draft2020_12;
  bool has_applicators = true;
  bool has_validation = true;
  bool has_unevaluated = true;
  bool asserts_formats = false;

  // Before 2019-09 nothing beside a $ref counts.
  bool ref_stands_alone() const { return draft <= Draft::draft7; }
  std::string_view id_keyword() const { return draft == Draft::draft4 ? "id" : "$id"; }
};

// The draft of that $schema; none for other schemas.
std::optional<Draft> find_draft(std::string_view uri);
// The dialect whose metaschema is `metaschema`, by its $vocabulary; none if it requires one that is
// unknown.
std::optional<Dialect> read_vocabularies(const json::Value& metaschema, Dialect dialect);

class Keywords {
 public:
  const json::Value* operator[](Keyword keyword) const {
    return values_[static_cast<std::size_t>(keyword)];
  }
  bool is_empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }

  void set(Keyword keyword, const json::Value& value) {
    values_[static_cast<std::size_t>(keyword)] = &value;
    ++count_;
  }

 private:
  std::array<const json::Value*, kKeywordCount> values_ = {};
  std::size_t count_ = 0;
};

Keywords read_keywords(const json::Value& schema, const Dialect& dialect);

enum class Holds : std::uint8_t { other, schema, list, map };
// What the value of a keyword of that name consists of, in any draft.
Holds holds(std::string_view name);

// Calls visit(subschema) for every schema directly below `schema`, also below keywords that the
// dialect does not have.
template <class Visit>
void for_each_subschema(const json::Value& schema, Visit&& visit) {
  for (const json::Member& member : schema.members) {
    const Holds what = holds(member.key);
    if (what == Holds::schema && !member.value.is(json::Value::Kind::array)) visit(member.value);
    if (what == Holds::schema || what == Holds::list)
      for (const json::Value& item : member.value.items) visit(item);
    if (what == Holds::map)
      for (const json::Member& entry : member.value.members) visit(entry.value);
  }
}

}  // namespace runtime::grammar::schema
