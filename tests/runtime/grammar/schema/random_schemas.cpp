// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/grammar/schema/random_schemas.h"

#include <array>
#include <set>
#include <string_view>

namespace tests::schema {
namespace {

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string member(std::string_view key, const std::string& value) {
  return quoted(key) + ": " + value;
}

}  // namespace

// At least one part, at most `max`.
template <class Make>
std::string RandomJson::list(unsigned max, const Make& make) {
  std::string text = make();
  for (unsigned i = below(max); i > 0; --i) text += ", " + make();
  return text;
}

std::string RandomJson::key() { return std::string(1, static_cast<char>('a' + below(4))); }

// An array of different keys.
std::string RandomJson::keys() {
  std::set<std::string> names;
  for (unsigned i = 1 + below(2); i > 0; --i) names.insert(quoted(key()));
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return "[" + text + "]";
}

std::string RandomJson::scalar() {
  constexpr std::array<const char*, 12> kScalars = {
      "null", "true", "false", "0", "1", "2", "-1", "1.5", "\"\"", "\"a\"", "\"b\"", "\"ab\""};
  return kScalars[below(kScalars.size())];
}

std::string RandomJson::value(unsigned depth) {
  if (depth == 0 || chance(40)) return scalar();
  if (chance(15)) return chance(50) ? "[]" : "{}";
  if (chance(45)) return "[" + list(3, [&] { return value(depth - 1); }) + "]";
  std::string text;
  for (char name = 'a'; name < 'f'; ++name) {
    if (!chance(40)) continue;
    text += (text.empty() ? "" : ", ") + member(std::string(1, name), value(depth - 1));
  }
  return "{" + text + "}";
}

std::string RandomJson::type() {
  constexpr std::array<const char*, 7> kTypes = {"null",   "boolean", "number", "integer",
                                                 "string", "array",   "object"};
  return quoted(kTypes[below(kTypes.size())]);
}

std::string RandomJson::keyword(unsigned depth) {
  const auto sub = [&] { return subschema(depth - 1); };
  const auto small = [&] { return std::to_string(below(4)); };
  const auto named = [&] {
    std::set<std::string> names;
    for (unsigned i = 1 + below(3); i > 0; --i) names.insert(key());
    std::string text;
    for (const std::string& name : names) {
      text += (text.empty() ? "" : ", ") + member(name, sub());
    }
    return "{" + text + "}";
  };
  constexpr std::array<const char*, 4> kBounds = {"minimum", "maximum", "exclusiveMinimum",
                                                  "exclusiveMaximum"};
  constexpr std::array<const char*, 9> kCounts = {"minLength", "maxLength",     "minItems",
                                                  "maxItems",  "minProperties", "maxProperties",
                                                  "minItems",  "maxItems",      "minProperties"};
  switch (below(depth == 0 ? 8 : 24)) {
    case 0:
    case 1:
      return member("type", type());
    case 2:
      return member("type", "[" + type() + ", \"null\"]");
    case 3:
      return member("enum", "[" + list(3, [&] { return value(1); }) + "]");
    case 4:
      return member("const", value(2));
    case 5:
      return chance(70) ? member(kBounds[below(4)], small()) : member("multipleOf", "0.5");
    case 6:
      return member(kCounts[below(kCounts.size())], small());
    case 7:
      return member("required", keys());
    case 8:
    case 9:
    case 10:
      return member("properties", named());
    case 11:
      return member("additionalProperties", sub());
    case 12:
      return member("items", sub());
    case 13:
      return member("prefixItems", "[" + list(2, sub) + "]");
    case 14:
      return member("contains", sub()) + (chance(30) ? ", " + member("maxContains", small()) : "");
    case 15:
      return member("contains", sub()) + (chance(50) ? ", " + member("minContains", small()) : "");
    case 16:
      return chance(50) ? member("uniqueItems", "true")
                        : member("dependentRequired", "{" + member(key(), keys()) + "}");
    case 17:
      return member("anyOf", "[" + list(3, sub) + "]");
    case 18:
      return member("oneOf", "[" + list(3, sub) + "]");
    case 19:
      return member("allOf", "[" + list(2, sub) + "]");
    case 20:
      return member("not", sub());
    case 21:
      return member("if", sub()) + ", " + member("then", sub()) +
             (chance(50) ? ", " + member("else", sub()) : "");
    case 22:
      return chance(50) ? member("dependentSchemas", "{" + member(key(), sub()) + "}")
                        : member("propertyNames", sub());
    default:
      return chance(50)   ? member("$ref", chance(30) ? "\"#\"" : "\"#/$defs/" + key() + "\"")
             : chance(50) ? member("unevaluatedProperties", sub())
                          : member("unevaluatedItems", sub());
  }
}

std::string RandomJson::subschema(unsigned depth) {
  if (chance(8)) return chance(60) ? "true" : "false";
  // Keys of a schema object: a keyword that comes again would hide the one before.
  std::set<std::string> seen;
  std::string text;
  for (unsigned i = 1 + below(depth == 0 ? 1 : 3); i > 0; --i) {
    const std::string more = keyword(depth);
    if (!seen.insert(more.substr(0, more.find(':'))).second) continue;
    text += (text.empty() ? "" : ", ") + more;
  }
  return "{" + text + "}";
}

std::string RandomJson::schema() {
  std::string text;
  for (unsigned i = 2 + below(3); i > 0; --i) text += ", {" + keyword(2) + "}";
  std::string definitions;
  for (char name = 'a'; name < 'e'; ++name) {
    definitions += (name == 'a' ? "" : ", ") + member(std::string(1, name), subschema(1));
  }
  const std::string all = member("allOf", "[" + text.substr(2) + "]");
  return "{" + (chance(50) ? all : keyword(3)) + ", " + member("$defs", "{" + definitions + "}") +
         "}";
}

}  // namespace tests::schema
