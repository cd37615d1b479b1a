// SPDX-License-Identifier: Apache-2.0
// The JSON reader against JSONTestSuite, and what it makes of a text.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "runtime/grammar/json/value.h"
#include "tests/support/test_data.h"

namespace runtime::grammar::json {
namespace {

class JsonReader : public testing::Test {
 protected:
  Result<const Value*> read(std::string_view text) { return parse(arena_, text); }

 private:
  Arena arena_;
};

TEST_F(JsonReader, KeepsOrderAndSpelling) {
  const auto value = read(R"( {"b": [1.50e+2, -0, true, null], "a": {"": "x"}} )");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)->members[0].key, "b");
  EXPECT_EQ((*value)->members[1].key, "a");
  EXPECT_EQ((*value)->find("b")->items[0].text, "1.50e+2");
  EXPECT_EQ((*value)->find("b")->items[1].text, "-0");
  EXPECT_TRUE((*value)->find("b")->items[2].boolean);
  EXPECT_TRUE((*value)->find("b")->items[3].is(Value::Kind::null));
  EXPECT_EQ((*value)->find("a")->find("")->text, "x");
  EXPECT_EQ((*value)->find("c"), nullptr);
}

TEST_F(JsonReader, DecodesStrings) {
  const auto value = read(R"("\u00e9\ud83d\ude00\n\/\"\\ é")");
  ASSERT_TRUE(value);
  EXPECT_EQ((*value)->text, "é😀\n/\"\\ é");
}

TEST_F(JsonReader, LastOfEqualKeysCountsAtThePlaceOfTheFirst) {
  const auto value = read(R"({"a": 1, "b": 2, "a": 3, "c": 4, "\u0061": 5})");
  ASSERT_TRUE(value);
  ASSERT_EQ((*value)->members.size(), 3U);
  EXPECT_EQ((*value)->members[0].key, "a");
  EXPECT_EQ((*value)->members[0].value.text, "5");
  EXPECT_EQ((*value)->members[2].key, "c");
}

TEST_F(JsonReader, SaysWhereAFaultIs) {
  const struct {
    std::string text, message, where;
  } cases[] = {
      {"{\n \"a\": 01}", "expected , or }", "2:8"},
      {"[1,]", "expected a value", "1:4"},
      {"\"\\ud800\"", "a lone surrogate", "1:8"},
      {"\"\\udc00\"", "a lone surrogate", "1:8"},
      {"\"\xff\"", "malformed UTF-8", "1:2"},
      {"1 2", "something follows the value", "1:3"},
      {"", "expected a value", "1:1"},
      {"{\"a\"}", "expected :", "1:5"},
      {"-", "expected a digit", "1:2"},
      {"\"a", "the string does not end", "1:3"},
      {std::string(300, '['), "it nests too deeply", "1:258"},
  };
  for (const auto& c : cases) {
    const auto value = read(c.text);
    ASSERT_FALSE(value) << c.text;
    EXPECT_EQ(value.refusal().message, c.message) << c.text;
    EXPECT_EQ(value.refusal().where, c.where) << c.text;
  }
}

TEST_F(JsonReader, JsonTestSuite) {
  const auto folder = tests::require_test_data("schemas/JSONTestSuite/test_parsing");
  if (!folder) return;
  std::size_t accepted = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    const std::string name = entry.path().filename();
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const bool ok = static_cast<bool>(read(text));
    accepted += ok ? 1 : 0;
    if (name[0] == 'y') {
      EXPECT_TRUE(ok) << name;
    }
    if (name[0] == 'n') {
      EXPECT_FALSE(ok) << name;
    }
  }
  EXPECT_GE(accepted, 95U);
}

}  // namespace
}  // namespace runtime::grammar::json
