// SPDX-License-Identifier: Apache-2.0
// Typed reading of JSON: each complaint names key, wish, value and line.
#include "frontends/json_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "frontends/json_text.h"
#include "tests/support/test_data.h"

namespace frontends {
namespace {

constexpr std::string_view kText = R"({
  "size": 7,
  "float_size": 4096.0,
  "nothing": null,
  "name": "a\nb", "flag": true,
  "rope": {
    "factor": 1e2
  },
  "ids": [1, 2],
  "deep": [{
    "k": 1}]
})";

JsonFile file_of(std::string_view text) {
  auto file = JsonFile::parse(text, "x.json");
  EXPECT_TRUE(file) << to_string(file.error());
  return *std::move(file);
}

TEST(JsonFile, GivesTypedValues) {
  const JsonFile file = file_of(kText);
  const JsonObject root = file.root();
  EXPECT_EQ(**root.integer("size", {1, 10}), 7);
  EXPECT_EQ(**root.integer("float_size", {1, 1 << 20}), 4096);
  EXPECT_EQ(**root.string("name"), "a\nb");
  EXPECT_EQ(**root.boolean("flag"), true);
  EXPECT_EQ(*root.integers("ids", {0, 9}), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(*root.integers("size", {0, 9}), (std::vector<std::int64_t>{7}));
  const JsonObject rope = **root.object("rope");
  EXPECT_EQ(**rope.number("factor", {1, 1000}), 100.0);
}

TEST(JsonFile, TreatsNullAsAbsent) {
  const JsonFile file = file_of(kText);
  const JsonObject root = file.root();
  for (const char* key : {"nothing", "not there"}) {
    EXPECT_FALSE(root.has(key));
    EXPECT_FALSE((*root.integer(key, {})).has_value());
    EXPECT_TRUE(root.integers(key, {})->empty());
    EXPECT_EQ(root.required_integer(key, {}).error().kind, ir::DiagnosticKind::missing_config_key);
  }
  EXPECT_TRUE(root.contains("nothing"));
  EXPECT_FALSE(root.contains("not there"));
}

TEST(JsonFile, KnowsTheLineOfEachKey) {
  const JsonFile file = file_of(kText);
  EXPECT_EQ(file.line_of("size"), 2);
  EXPECT_EQ(file.line_of("flag"), 5);
  EXPECT_EQ(file.line_of("rope"), 6);
  EXPECT_EQ(file.line_of("rope.factor"), 7);
  EXPECT_EQ(file.line_of("deep"), 10);
  EXPECT_EQ(file.line_of("factor"), 0);
}

TEST(JsonFile, NamesKeyWishAndValue) {
  const JsonFile file = file_of(kText);
  const JsonObject root = file.root();
  const auto message = [](const auto& result) { return result.error().message; };
  EXPECT_EQ(message(root.integer("size", {1, 6})), "size must be an integer from 1 to 6, found 7");
  EXPECT_EQ(message(root.integer("name", {1, 6})),
            "name must be an integer from 1 to 6, found \"a\\nb\"");
  EXPECT_EQ(message(root.boolean("size")), "size must be true or false, found 7");
  EXPECT_EQ(message(root.object("ids")), "ids must be an object, found [1,2]");
  EXPECT_EQ(message(root.integers("name", {0, 9})),
            "name must be an integer from 0 to 9, or a list of such, found \"a\\nb\"");
  const JsonObject rope = **root.object("rope");
  const auto wrong = rope.number("factor", {0, 1});
  EXPECT_EQ(message(wrong), "rope.factor must be a number from 0 to 1, found 100.0");
  EXPECT_EQ(to_string(wrong.error().where), "x.json:7");
}

struct Wrong {
  std::string_view text;
  ir::DiagnosticKind kind;
  int line;
};

TEST(JsonFile, RefusesWhatIsNoJson) {
  using enum ir::DiagnosticKind;
  for (const Wrong& wrong : {
           Wrong{"", malformed_json, 1},
           Wrong{"[]", malformed_json, 1},
           Wrong{"3", malformed_json, 1},
           Wrong{"{\"a\":\n1,}", malformed_json, 2},
           Wrong{"{\"a\": NaN}", malformed_json, 1},
           Wrong{"{\"a\": 1e999}", malformed_json, 1},
           Wrong{"{\"a\": 1} x", malformed_json, 1},
           Wrong{"{\n\"a\": 1,\n\"a\": 2}", duplicate_key, 3},
           Wrong{"{\"b\": [{\"a\": 1,\n\"a\": 2}]}", duplicate_key, 2},
       }) {
    const auto file = JsonFile::parse(wrong.text, "x.json");
    ASSERT_FALSE(file) << wrong.text;
    EXPECT_EQ(name_of(file.error().kind), name_of(wrong.kind)) << wrong.text;
    EXPECT_EQ(file.error().where.line, wrong.line) << wrong.text;
  }
}

TEST(JsonFile, BoundsDepth) {
  const std::string fits = "{\"a\":" + std::string(31, '[') + std::string(31, ']') + "}";
  const std::string deep = "{\"a\":" + std::string(32, '[') + std::string(32, ']') + "}";
  EXPECT_TRUE(JsonFile::parse(fits, "x.json"));
  EXPECT_FALSE(JsonFile::parse(deep, "x.json"));
  EXPECT_FALSE(JsonFile::parse("{\"a\":" + std::string(5'000'000, '['), "x.json"));
}

// Files named y_* must be accepted, n_* refused (github.com/nst/JSONTestSuite). We want an object
// at the top, so that the others are read as the value of one key.
TEST(JsonFile, AgreesWithTheJsonTestSuite) {
  const auto folder = tests::require_test_data("schemas/JSONTestSuite");
  if (!folder) return;
  int accepted = 0;
  int refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || !(name.starts_with("y_") || name.starts_with("n_"))) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    text = "{\"value\":" + text + "}";
    const auto file = JsonFile::parse(text, name, {.max_depth = 1000});
    if (name.starts_with("y_")) {
      // The suite allows duplicate keys; we do not.
      const bool duplicate = name.find("duplicated_key") != std::string::npos;
      EXPECT_EQ(static_cast<bool>(file), !duplicate) << name;
      ++accepted;
    } else if (text.find("}") == text.size() - 1) {
      // Texts that hold a brace may become right by the frame around them.
      EXPECT_FALSE(file) << name;
      ++refused;
    }
  }
  EXPECT_GT(accepted, 90);
  EXPECT_GT(refused, 120);
}

TEST(JsonText, TakesWholeNumbersOnly) {
  const auto integer = [](std::string_view text) -> std::optional<std::int64_t> {
    const JsonFile file = file_of("{\"x\":" + std::string(text) + "}");
    const auto value = file.root().integer("x", {INT64_MIN, INT64_MAX});
    return value ? *value : std::nullopt;
  };
  EXPECT_EQ(integer("-3"), -3);
  EXPECT_EQ(integer("3.0"), 3);
  EXPECT_EQ(integer("1e3"), 1000);
  EXPECT_EQ(integer("3.5"), std::nullopt);
  EXPECT_EQ(integer("1e300"), std::nullopt);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("true"), std::nullopt);
}

TEST(JsonText, KeepsTheReasonOfTheParserOnly) {
  const auto message = [](std::string_view text) {
    return JsonFile::parse(text, "x.json").error().message;
  };
  EXPECT_EQ(message("{\"a\":1e999}"),
            "the file is not valid JSON: number overflow parsing '1e999'");
  EXPECT_EQ(message("{"),
            "the file is not valid JSON: unexpected end of input; expected string literal");
}

TEST(JsonText, ShowsLongValuesCut) {
  EXPECT_EQ(in_quotes("a\tb"), "\"a\\tb\"");
  EXPECT_EQ(in_quotes(std::string(100, 'x')).size(), 60U);
  EXPECT_EQ(in_quotes("\xff"), "\"\\ufffd\"");
}

}  // namespace
}  // namespace frontends
