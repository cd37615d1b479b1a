// SPDX-License-Identifier: Apache-2.0
// Normal forms of small schemas as text, refusals, and the laws of both() and negation().
#include "runtime/grammar/schema/forms.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/grammar/schema/form_values.h"
#include "tests/runtime/grammar/schema/naive_validator.h"
#include "tests/runtime/grammar/schema/random_schemas.h"
#include "tests/runtime/grammar/schema/suites.h"

namespace tests::schema {
namespace {

using runtime::grammar::Fuel;
using runtime::grammar::json::Value;
using runtime::grammar::regex::Expressions;
using runtime::grammar::schema::Draft;
using runtime::grammar::schema::Forms;
using runtime::grammar::schema::kNoValue;
using runtime::grammar::schema::Node;
using runtime::grammar::schema::SchemaDocument;
using runtime::grammar::schema::SchemaOptions;

std::string normal_form(std::string_view text, const SchemaOptions& options) {
  Fuel fuel;
  Expressions e(fuel);
  const Value schema = read_json(text);
  const auto forms = Forms::compile(e, schema, options);
  if (!forms) return forms.refusal().message + std::string(" at ") + forms.refusal().where;
  return FormValues(e, **forms).print((*forms)->root());
}

struct Case {
  std::string_view schema;
  std::string_view form;
};

constexpr Case kCases[] = {
    {R"(true)", "any"},
    {R"({"title": "any", "unknown": 1})", "any"},
    {R"(false)", "none"},
    {R"({"type": ["string", "null"]})", R"(null "" "a" "ab" "abc")"},
    {R"({"type": "integer", "minimum": 1})", "1 2"},
    {R"({"minimum": 1.5})", R"(null true false 2 "" "a" "ab" "abc" | [any…] | {*: any})"},
    {R"({"allOf": [{"type": "string", "minLength": 2}, {"pattern": "b$"}]})", R"("ab")"},
    {R"({"enum": [1.0, "a", [2], {"b": null}]})",
     R"(1 "a" | [2] size >= 1 size <= 1 | {b!: null})"},
    {R"({"const": {}})", "{}"},
    // not
    {R"({"not": {"required": ["a"]}})", "{a: none, *: any}"},
    {R"({"type": "object", "not": {"properties": {"a": {"type": "null"}}}})",
     R"({a!: true false 0 1 2 -2.5 "" "a" "ab" "abc" | [any…] | {*: any}, *: any})"},
    {R"({"type": "object", "not": {"properties": {"a": false, "b": false}}})",
     "{a: any, b: any, *: any} some(a: any or b: any)"},
    {R"({"type": "array", "not": {"items": {"type": ["array", "object", "string"]}}})",
     "[any…] contains(null true false 0 1 2 -2.5) count >= 1"},
    {R"({"type": "array", "not": {"minItems": 2, "maxItems": 3}})",
     "[any…] size <= 1 | [any…] size >= 4"},
    // oneOf
    {R"({"type": "object", "oneOf": [{"required": ["a"]}, {"required": ["b"]}]})",
     "{a!: any, b: none, *: any} | {b!: any, a: none, *: any}"},
    {R"({"oneOf": [{"type": "integer"}, {"const": 1}, {"const": "a"}]})", R"(0 2 "a")"},
    {R"({"type": "object", "required": ["a"], "oneOf": [{"properties": {"a": {"const": 1}}},
         {"properties": {"a": {"const": 2}}}]})",
     "{a!: 1, *: any} | {a!: 2, *: any}"},
    // what each value of a required property meets is not demanded
    {R"({"type": "object", "required": ["a"], "oneOf": [
         {"properties": {"a": {"const": 1}, "b": {"type": "null"}}, "required": ["b"]},
         {"properties": {"a": {"const": 2}, "b": {"type": "array"}}, "required": ["b"]},
         {"properties": {"a": {"const": "a"}, "b": {"type": "object"}}, "required": ["b"]}]})",
     R"({a!: 1, b!: null, *: any} | {a!: 2, b!: [any…], *: any} | {a!: "a", b!: {*: any}, *: any})"},
    // with it or without it
    {R"({"type": "object", "properties": {"a": true, "b": true, "c": true}, "anyOf": [
         {"required": ["a", "b", "c"]}, {"required": ["a", "b"], "not": {"required": ["c"]}},
         {"required": ["a", "c"], "not": {"required": ["b"]}},
         {"required": ["a"], "not": {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]}},
         {"not": {"required": ["a"]}, "properties": {"b": {"const": 1}}}]})",
     "{a!: any, b: any, c: any, *: any} | {a: none, b: 1, c: any, *: any}"},
    // if
    {R"({"type": "object", "if": {"required": ["a"]}, "then": {"required": ["b"]}})",
     "{a: none, *: any} | {b!: any, *: any}"},
    {R"({"if": {"type": "string"}, "then": {"maxLength": 1}, "else": {"type": "null"}})",
     R"(null "" "a")"},
    // objects
    {R"({"type": "object", "properties": {"b": {"const": 1}, "a": true}, "required": ["a", "c"],
         "additionalProperties": {"type": "null"}})",
     "{b: 1, a!: any, c!: null, *: null}"},
    {R"({"type": "object", "properties": {"a": true}, "additionalProperties": false,
         "minProperties": 1, "maxProperties": 5})",
     "{a: any} size >= 1"},
    {R"({"type": "object", "properties": {"xy": {"enum": [1, 2]}}, "patternProperties":
         {"^x": {"minimum": 2}, "y$": {"type": "null"}}, "additionalProperties": false})",
     R"({xy: nothing, ("xy"): null, ("x"): null true false 2 "" "a" "ab" "abc" | [any…] | {*: any}, )"
     R"((): null})"},
    {R"({"type": "object", "propertyNames": {"maxLength": 1}, "properties": {"ab": true}})",
     R"({ab: none, ("" "a" "b" "x"): any})"},
    {R"({"type": "object", "dependentRequired": {"a": ["b"]}})", "{a: any, b: any, *: any} a -> b"},
    {R"({"type": "object", "required": ["a"], "dependencies": {"a": ["b"]}})",
     "{a!: any, b!: any, *: any}"},
    {R"({"type": "object", "dependentSchemas": {"a": {"maxProperties": 1}}})",
     "{a: none, *: any} | {a!: any, *: any} size <= 1"},
    // arrays
    {R"({"type": "array", "prefixItems": [{"const": 1}], "items": false, "minItems": 1})",
     "[1] size >= 1 size <= 1"},
    {R"({"type": "array", "contains": {"const": 1}, "maxContains": 2, "uniqueItems": true})",
     "[any…] contains(1) count >= 1 count <= 2 unique"},
    {R"({"type": "array", "items": [true, {"const": 1}], "additionalItems": {"const": 2}})",
     "[any, 1, 2…]"},
    // unevaluated…
    {R"({"type": "object", "properties": {"a": true}, "anyOf": [{"required": ["b"], "properties":
         {"b": true}}, true], "unevaluatedProperties": false})",
     "{a: any} | {a: any, b!: any}"},
    {R"({"type": "array", "prefixItems": [true], "contains": {"const": 1},
         "unevaluatedItems": {"const": 2}})",
     "[any, 1 2…] contains(1) count >= 1"},
    // references
    {R"({"$defs": {"list": {"type": "array", "items": {"$ref": "#/$defs/list"}}},
         "$ref": "#/$defs/list"})",
     "[[……]…]"},
    {R"({"$id": "http://example.com/x.json", "$defs": {"n": {"$id": "y.json", "$anchor": "up",
         "const": 1}}, "$ref": "y.json#up"})",
     "1"},
};

TEST(Forms, AreAsExpected) {
  for (const Case& c : kCases) EXPECT_EQ(normal_form(c.schema, {}), c.form) << c.schema;
}

TEST(Forms, DraftsDiffer) {
  constexpr std::string_view siblings =
      R"({"definitions": {"a": {"const": 1}}, "$ref": "#/definitions/a", "type": "string"})";
  EXPECT_EQ(normal_form(siblings, {}), "nothing");
  EXPECT_EQ(normal_form(siblings, {.draft = Draft::draft7}), "1");
  constexpr std::string_view exclusive = R"({"type": "integer", "minimum": 1,
      "exclusiveMinimum": true})";
  EXPECT_EQ(normal_form(exclusive, {.draft = Draft::draft4}), "2");
  EXPECT_EQ(normal_form(R"({"$schema": "http://json-schema.org/draft-04/schema#",
      "type": "null", "if": true, "then": false})",
                        {}),
            "null");
}

TEST(Forms, FormatsAreEnforcedOnRequest) {
  constexpr std::string_view date = R"({"type": "string", "format": "date"})";
  EXPECT_EQ(normal_form(date, {}), R"("" "a" "ab" "abc")");
  EXPECT_EQ(normal_form(date, {.assert_formats = true}), "nothing");
  EXPECT_EQ(normal_form(R"({"type": "string", "format": "path"})", {.assert_formats = true}),
            R"("" "a" "ab" "abc")");
}

TEST(Forms, DocumentsAreFoundByUri) {
  const Value other = read_json(R"({"$defs": {"one": {"const": 1}}})");
  const SchemaDocument documents[] = {{"http://example.com/other.json", &other}};
  EXPECT_EQ(normal_form(R"({"$ref": "http://example.com/other.json#/$defs/one"})",
                        {.documents = documents}),
            "1");
}

TEST(Forms, RefusalsNameThePlace) {
  constexpr Case kRefused[] = {
      {R"({"properties": {"a": {"pattern": "(?<=a)b"}}})", "#/properties/a/pattern"},
      {R"({"$ref": "other.json"})", "#"},
      {R"({"items": {"$ref": "#/$defs/none"}})", "#/items"},
      {R"({"allOf": [{"$ref": "#"}], "type": "null"})", "#"},
      {R"({"properties": {"a/b": 1}})", "#/properties/a~1b"},
      {R"({"type": "nul"})", "#/type"},
      {R"({"minItems": -1})", "#/minItems"},
      {R"({"not": {"uniqueItems": true}})", "#/not/uniqueItems"},
      {R"({"multipleOf": 0})", "#/multipleOf"},
      {R"({"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"})", "#/$defs/a"},
  };
  for (const Case& c : kRefused) {
    const std::string message = normal_form(c.schema, {});
    const std::string where = " at " + std::string(c.form);
    EXPECT_TRUE(message.ends_with(where)) << c.schema << "\n  " << message;
  }
}

TEST(Forms, TooManyAlternativesAreRefusedSoon) {
  std::string schema = R"({"type": "object", "allOf": [)";
  for (int i = 0; i < 40; ++i) {
    const std::string n = std::to_string(i);
    schema += R"({"anyOf": [{"required": ["a)";
    schema += n;
    schema += R"("]}, {"required": ["b)";
    schema += n;
    schema += R"("]}]},)";
  }
  schema += "true]}";
  EXPECT_TRUE(normal_form(schema, {}).starts_with("the schema has too many alternatives"));
}

// Forms of random schemas have the values that a naive validator finds valid; both() and negation()
// are what their names say.
TEST(Forms, AgreeWithValidationAndWithLogic) {
  unsigned compared = 0;
  for (std::uint32_t seed = 0; seed < 2500; ++seed) {
    RandomJson random(seed);
    const Value schema = read_json(random.schema());
    Fuel fuel;
    Expressions e(fuel);
    auto forms = Forms::compile(e, schema, {});
    if (!forms) continue;
    FormValues values(e, **forms);
    const Node root = (*forms)->root();
    const Node opposite = (*forms)->negation(root);
    EXPECT_EQ((*forms)->negation(opposite), root);
    EXPECT_EQ((*forms)->both(root, opposite), kNoValue);
    (*forms)->form(opposite);
    const bool has_opposite = !(*forms)->refusal();
    for (int i = 0; i < 25; ++i) {
      const Value value = read_json(random.value());
      const bool valid = is_valid(schema, value);
      ASSERT_EQ(values.has(root, value), valid)
          << seed << " " << write(schema, Style::compact) << "\n  " << write(value, Style::compact);
      ++compared;
      if (!has_opposite) continue;
      const bool in_opposite = values.has(opposite, value);
      if ((*forms)->refusal()) break;
      ASSERT_NE(in_opposite, valid)
          << seed << " " << write(schema, Style::compact) << "\n  " << write(value, Style::compact);
    }
  }
  EXPECT_GT(compared, 40'000U);
}

}  // namespace
}  // namespace tests::schema
