// SPDX-License-Identifier: Apache-2.0
// What an answer's layout and the order of its keys have to be, and what is refused.
#include "runtime/grammar/schema/json_schema.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/recognizer.h"

namespace runtime::grammar::schema {
namespace {

constexpr Layout kDeclared = {Whitespace::bounded, KeyOrder::declared};
constexpr Layout kAny = {Whitespace::bounded, KeyOrder::any};

class Texts {
 public:
  Texts(std::string_view schema, const Layout& layout) {
    const auto start = add_json_schema(grammar_, schema, {}, layout);
    if (!start) {
      ADD_FAILURE() << start.refusal().message;
      return;
    }
    grammar_.set_start(*start);
  }
  bool has(std::string_view text) {
    Recognizer recognizer(grammar_);
    return recognizer.advance(text) && recognizer.is_complete();
  }
  // Whether some text begins so.
  bool may_begin(std::string_view text) { return Recognizer(grammar_).advance(text); }

 private:
  Grammar grammar_;
};

std::string refusal_of(std::string_view schema) {
  Grammar grammar;
  const auto start = add_json_schema(grammar, schema, {}, kDeclared);
  return start ? std::string() : start.refusal().message;
}

TEST(JsonSchema, keys_come_in_the_declared_order_or_in_any) {
  const char* schema =
      R"({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "required": ["b"]})";
  Texts declared(schema, kDeclared), any(schema, kAny);
  EXPECT_TRUE(declared.has(R"({"a": 1, "b": 2, "c": 3, "x": 4})"));
  EXPECT_TRUE(declared.has(R"({"b": 2})"));
  EXPECT_FALSE(declared.may_begin(R"({"b": 2, "a")"));
  EXPECT_FALSE(declared.may_begin(R"({"c")"));  // b could not come any more
  EXPECT_FALSE(declared.may_begin(R"({"x")"));
  EXPECT_TRUE(any.has(R"({"x": 4, "c": 3, "b": 2, "a": 1})"));
  EXPECT_FALSE(any.may_begin(R"({"a": 1, "a")"));  // a declared key comes once
  EXPECT_FALSE(any.has(R"({"a": 1})"));
}

TEST(JsonSchema, nothing_begins_that_cannot_end) {
  Texts counted(R"({"type": "object", "properties": {"a": {}, "b": {}, "c": {}},
                    "required": ["c"], "additionalProperties": false, "maxProperties": 2})",
                kDeclared);
  EXPECT_TRUE(counted.has(R"({"a":1,"c":1})"));
  EXPECT_FALSE(counted.may_begin(R"({"a":1,"b")"));  // c would be the third
  Texts few(R"({"type": "object", "propertyNames": {"enum": ["x", "y"]}, "minProperties": 2})",
            kDeclared);
  EXPECT_TRUE(few.has(R"({"y":1,"x":1})"));
  EXPECT_FALSE(few.may_begin(R"({"y":1,"y")"));
  Texts unique(R"({"items": {"enum": [1, "a"]}, "uniqueItems": true, "minItems": 2,
                   "type": "array"})",
               kDeclared);
  EXPECT_TRUE(unique.has(R"(["a",1.0])"));
  EXPECT_FALSE(unique.may_begin(R"(["a","a)"));
  EXPECT_FALSE(unique.may_begin(R"(["a",1,)"));
  Texts recursive(R"({"anyOf": [{"type": "array", "items": {"$ref": "#"}, "minItems": 1},
                                {"const": 0}]})",
                  kDeclared);
  EXPECT_TRUE(recursive.has("[[0],0]"));
  EXPECT_FALSE(recursive.may_begin("[]"));
}

TEST(JsonSchema, what_no_value_satisfies_is_refused) {
  for (const char* schema :
       {"false", R"({"type": "string", "minLength": 3, "maxLength": 2})",
        R"({"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#"}}})",
        R"({"type": "array", "items": {"enum": [1, 2]}, "uniqueItems": true, "minItems": 3})",
        R"({"type": "object", "propertyNames": {"maxLength": 0}, "minProperties": 2})",
        R"({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2})",
        R"({"type": "array", "items": false, "contains": true})"}) {
    EXPECT_EQ(refusal_of(schema), "no value is valid against the schema") << schema;
  }
}

TEST(JsonSchema, what_cannot_be_exact_is_refused) {
  EXPECT_NE(refusal_of("{"), "");
  EXPECT_EQ(refusal_of(R"({"uniqueItems": true, "items": {"type": "object", "properties": {"a": {}},
                           "additionalProperties": false}})"),
            "unique items that are objects or arrays of limited size");
}

TEST(JsonSchema, objects_of_many_keys_stay_small) {
  std::string properties, text;
  for (unsigned i = 0; i < 400; ++i) {
    const std::string key = "\"property" + std::to_string(i) + "\"";
    properties += (i == 0 ? "" : ",") + key + R"(: {"type": "integer"})";
    if (i % 20 == 0) text += (i == 0 ? "" : ",") + key + ":1";
  }
  const std::string schema =
      R"({"additionalProperties": false, "properties": {)" + properties + "}}";
  for (const Layout& layout : {kDeclared, kAny}) {
    Texts texts(schema, layout);
    EXPECT_TRUE(texts.has("{" + text + "}"));
    EXPECT_FALSE(texts.may_begin("{" + text + R"(,"property0")"));
    EXPECT_FALSE(texts.may_begin("{\"property4000\""));
  }
}

TEST(JsonSchema, long_counted_strings_and_arrays_cost_nothing_to_compile) {
  Texts texts(R"({"type": "object", "required": ["s", "a"], "properties": {
                    "s": {"type": "string", "maxLength": 100000},
                    "a": {"type": "array", "minItems": 1000, "maxItems": 100000}}})",
              kDeclared);
  EXPECT_TRUE(texts.may_begin(R"({"s": "abc", "a": [1, 2)"));
  EXPECT_FALSE(texts.may_begin(R"({"s": "abc", "a": [1])"));
}

}  // namespace
}  // namespace runtime::grammar::schema
