// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "runtime/grammar/grammar.h"
#include "runtime/grammar/recognizer.h"
#include "runtime/grammar/schema/json_schema.h"
#include "tests/runtime/grammar/schema/suites.h"
#include "tests/support/test_data.h"

namespace tests::schema {
namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using runtime::grammar::schema::add_json;
using runtime::grammar::schema::JsonMode;
using runtime::grammar::schema::Whitespace;

bool accepts(Grammar& grammar, std::string_view text) {
  grammar.fuel().refill();
  Recognizer recognizer(grammar);
  return recognizer.advance(text) && recognizer.is_complete();
}

Grammar& json(Grammar& grammar, JsonMode mode, Whitespace whitespace) {
  grammar.set_start(*add_json(grammar, mode, {.whitespace = whitespace}));
  return grammar;
}

TEST(JsonMode, every_file_of_the_parsing_suite_is_judged_right) {
  const auto folder = require_test_data("schemas/JSONTestSuite/test_parsing");
  if (!folder) return;
  Grammar grammar;
  json(grammar, JsonMode::value, Whitespace::any);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("i_")) continue;  // either answer is right
    EXPECT_EQ(accepts(grammar, read_file(entry.path())), name.starts_with("y_")) << name;
    ++files;
  }
  EXPECT_GT(files, 250);
}

TEST(JsonMode, whitespace_is_as_chosen) {
  Grammar compact, bounded, any;
  json(compact, JsonMode::value, Whitespace::compact);
  json(bounded, JsonMode::value, Whitespace::bounded);
  json(any, JsonMode::value, Whitespace::any);
  struct Row {
    const char* text;
    bool compact, bounded, any;
  };
  for (const Row row : {Row{R"({"a":1,"b":[1,2]})", true, true, true},
                        {R"({"a": 1, "b": [1, 2]})", false, true, true},
                        {"{\n  \"a\": 1,\n  \"b\": [\n    1\n  ]\n}", false, true, true},
                        {"[1\n\n,2]", false, false, true},
                        {"[1,  2]", false, false, true},
                        {" [] ", false, false, true},
                        {"{ }", false, true, true},
                        {"{\r\n}", false, false, true}}) {
    EXPECT_EQ(accepts(compact, row.text), row.compact) << row.text;
    EXPECT_EQ(accepts(bounded, row.text), row.bounded) << row.text;
    EXPECT_EQ(accepts(any, row.text), row.any) << row.text;
  }
}

TEST(JsonMode, an_object_can_be_asked_for) {
  Grammar grammar;
  json(grammar, JsonMode::object, Whitespace::bounded);
  EXPECT_TRUE(accepts(grammar, R"({"a": [null, true, 1e5, "\u00e9"], "a": {}})"));
  EXPECT_FALSE(accepts(grammar, "[]"));
  EXPECT_FALSE(accepts(grammar, "1"));
}

}  // namespace
}  // namespace tests::schema
