// SPDX-License-Identifier: Apache-2.0
// A JSON Schema from a stranger: refused with a reason and a place, or a grammar. A walk through it
// never gets stuck; the text that it writes is JSON, and not in the grammar of the schema's
// negation. Input bytes from 128 on stand for words that schemas are made of.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "ir/support/check.h"
#include "runtime/grammar/grammar.h"
#include "runtime/grammar/json/value.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/schema/json_schema.h"

namespace {

using namespace runtime::grammar;          // NOLINT: nothing else is spoken of here
using namespace runtime::grammar::schema;  // NOLINT

constexpr std::string_view kWords[] = {"\"type\":\"object\",",
                                       "\"type\":\"array\",",
                                       "\"type\":\"string\",",
                                       "\"type\":[\"integer\",\"null\"],",
                                       "\"properties\":{",
                                       "\"patternProperties\":{",
                                       "\"additionalProperties\":",
                                       "\"propertyNames\":",
                                       "\"required\":[",
                                       "\"minProperties\":1,",
                                       "\"maxProperties\":2,",
                                       "\"dependentRequired\":{",
                                       "\"dependentSchemas\":{",
                                       "\"items\":",
                                       "\"prefixItems\":[",
                                       "\"contains\":",
                                       "\"minContains\":2,",
                                       "\"maxContains\":1,",
                                       "\"minItems\":1,",
                                       "\"maxItems\":2,",
                                       "\"uniqueItems\":true,",
                                       "\"enum\":[",
                                       "\"const\":",
                                       "\"pattern\":\"",
                                       "\"minLength\":1,",
                                       "\"maxLength\":2,",
                                       "\"format\":\"date\",",
                                       "\"minimum\":-1.5,",
                                       "\"maximum\":2,",
                                       "\"multipleOf\":0.5,",
                                       "\"allOf\":[",
                                       "\"anyOf\":[",
                                       "\"oneOf\":[",
                                       "\"not\":",
                                       "\"if\":",
                                       "\"then\":",
                                       "\"else\":",
                                       "\"unevaluatedProperties\":",
                                       "\"unevaluatedItems\":",
                                       "\"$ref\":\"#\",",
                                       "\"$defs\":{",
                                       "\"$ref\":\"#/$defs/a\",",
                                       "\"$dynamicRef\":\"#n\",",
                                       "\"$dynamicAnchor\":\"n\",",
                                       "\"$id\":\"x\",",
                                       "\"a\":",
                                       "\"b\":",
                                       "\"a\",",
                                       "\"b\",",
                                       "{}",
                                       "[]",
                                       "true",
                                       "false",
                                       "null",
                                       "1",
                                       "{",
                                       "}",
                                       "[",
                                       "]",
                                       "},",
                                       "],"};

std::string text_of(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto value = static_cast<std::uint8_t>(byte);
    if (value < 128) {
      text += byte;
    } else if (value - 128U < std::size(kWords)) {
      text += kWords[value - 128];
    }
  }
  // What is open is closed; commas before that are in vain.
  std::string open;
  std::string closed;
  for (const char c : text) {
    if ((c == '}' || c == ']') && !closed.empty() && closed.back() == ',') closed.pop_back();
    closed += c;
    if (c == '{') open += '}';
    if (c == '[') open += ']';
    if ((c == '}' || c == ']') && !open.empty()) open.pop_back();
  }
  for (; !open.empty(); open.pop_back()) {
    if (!closed.empty() && closed.back() == ',') closed.pop_back();
    closed += open.back();
  }
  return closed;
}

Result<State> make(Grammar& grammar, std::string_view schema) {
  grammar.fuel().refill(300'000);
  auto start = add_json_schema(grammar, schema, {.assert_formats = true},
                               {.whitespace = Whitespace::compact, .key_order = KeyOrder::any});
  if (start) {
    grammar.set_start(*start);
  } else {
    CHECK(*start.refusal().message != 0 && *start.refusal().where != 0, "a mute refusal");
  }
  return start;
}

// A text of the grammar; empty where it did not come to an end.
std::string walk(Grammar& grammar, std::string_view choices) {
  constexpr std::string_view kBytes = "}]\"{[,:ab01truefalsn\\.-5";
  Recognizer recognizer(grammar);
  for (std::size_t i = 0; i < 60 && !recognizer.is_complete(); ++i) {
    const auto choice = static_cast<std::uint8_t>(choices[i % choices.size()]);
    bool moved = false;
    for (std::size_t k = 0; k < kBytes.size() && !moved; ++k)
      moved = recognizer.advance(static_cast<std::uint8_t>(kBytes[(choice + k) % kBytes.size()]));
    for (unsigned byte = 0; byte < 256 && !moved; ++byte)
      moved = recognizer.advance(static_cast<std::uint8_t>(byte));
    CHECK(moved || grammar.fuel().exhausted(), "a dead end");
    if (!moved) return {};
  }
  return recognizer.is_complete() ? std::string(recognizer.text()) : std::string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0 || size > 300) return 0;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const std::string schema = text_of(input);
  Grammar grammar;
  if (!make(grammar, schema)) return 0;
  grammar.fuel().refill(300'000);
  const std::string text = walk(grammar, input);
  if (text.empty() || grammar.fuel().exhausted()) return 0;
  Arena arena;
  CHECK(json::parse(arena, text), "the grammar has a text that is no JSON");
  if (schema.find('$') != std::string::npos) return 0;  // "#" would mean another schema below
  Grammar others;
  if (!make(others, "{\"not\":" + schema + "}")) return 0;
  others.fuel().refill(300'000);
  Recognizer recognizer(others);
  CHECK(!recognizer.advance(text) || !recognizer.is_complete(), "a value is valid and is not");
  return 0;
}
