// SPDX-License-Identifier: Apache-2.0
// The work of compiling, and of the masks, of schemas of the kinds that ask for most, counted in
// units of fuel, of which a browser spends about twenty in a microsecond. No clock is asked, so
// that the counts are the same everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/grammar/compile.h"
#include "runtime/grammar/constraint.h"
#include "runtime/grammar/fuel.h"
#include "runtime/grammar/matcher.h"
#include "tests/runtime/grammar/small_vocabulary.h"

namespace {

using runtime::grammar::compile;
using runtime::grammar::CompileOptions;
using runtime::grammar::Constraint;
using runtime::grammar::Fuel;
using runtime::grammar::Language;
using runtime::grammar::Matcher;
using runtime::grammar::Outcome;
using runtime::grammar::TokenIndex;
using runtime::grammar::schema::KeyOrder;
using tests::SmallVocabulary;

constexpr std::uint64_t kUnitsOfCompile = 4'000'000;  // that compile() has
constexpr std::uint64_t kMillisecond = 20'000;
constexpr std::uint64_t kMostOfMask = kMillisecond;
constexpr std::uint64_t kMostOfCompile = 5 * kMillisecond;

struct Case {
  const char* name;
  const char* schema;
  const char* answer;
};

const Case kCases[] = {
    // Words and characters are counted at once, the words up to more than a long token has.
    {"words", R"s({"type": "string", "pattern": "^(?:\\S+\\s+){0,29}\\S+$", "maxLength": 300})s",
     R"s("Experience of working in agile environments is of use")s"},
    // Keys are parted by patterns that may match anywhere in them.
    {"keys", R"s({"patternProperties": {"netdir_(projects|work|scratch|share)": {"maximum": 1},
      "netdrv_([a-z]+)": {"maximum": 2}, "net_[a-z]+[0-9]+": {"maximum": 3}}})s",
     R"s({"netdrv_home": 1, "net_eth0": 2})s"},
    // Every text is a beginning of one that matches, of which the shortest are 35 characters long.
    {"counts", R"s({"type": "string", "pattern": "\\d+-[A-Fa-f0-9]*-[A-Fa-f0-9]{24}",
      "minLength": 35})s",
     R"s("1-5759e988-bd862e3fe1be46a994272793")s"},
    // Which of the objects it is shows late, and keys are told apart by their text.
    {"objects", R"s({"type": "array", "items": {"type": "object", "required": ["name", "type"],
      "properties": {"name": {"type": "string"}, "type": {"enum": ["file", "dir", "link"]}},
      "not": {"required": ["user", "group"], "oneOf": [
        {"required": ["type", "size"], "properties": {"type": {"enum": ["file"]},
          "size": {"type": "integer"}}},
        {"required": ["type", "mode"], "properties": {"type": {"enum": ["dir"]},
          "mode": {"type": "string", "pattern": "^[0-7]{3,4}$"}}}]}}})s",
     R"s([{"name": "a", "type": "dir"}, {"type": "file", "x": 1, "name": ""}])s"},
};

// Bytes, pairs of letters, words, and punctuation as vocabularies join it.
std::vector<std::string> texts() {
  std::vector<std::string> texts;
  for (int byte = 1; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
  for (char a = 'a'; a <= 'z'; ++a)
    for (char b = 'a'; b <= 'z'; ++b) texts.push_back({a, b});
  for (const char* more :
       {"\":",
        "\": ",
        "\": \"",
        "\",",
        "\", ",
        "\", \"",
        "\"}",
        "\"},",
        "}, {",
        ":[",
        ":{",
        "\":[",
        "\":{\"",
        "(\":",
        " \":",
        "__\":",
        "1\":",
        "~\":",
        "[]",
        "{}",
        "\"\"",
        "\"]",
        "[\"",
        " work",
        " the",
        "working",
        "environment",
        "-----",
        "é",
        "語",
        "\xe2\x80",
        "------------------------------------------------------------------------",
        "                                                                        "})
    texts.emplace_back(more);
  return texts;
}

class MaskWork : public testing::TestWithParam<Case> {};

TEST_P(MaskWork, IsBounded) {
  const SmallVocabulary vocabulary(texts());
  const TokenIndex index = vocabulary.index();
  CompileOptions options;
  options.layout.key_order = KeyOrder::any;
  auto grammar = compile(Language::json_schema, GetParam().schema, options);
  ASSERT_TRUE(grammar) << grammar.refusal().message;
  EXPECT_LE(kUnitsOfCompile - (*grammar)->fuel().left(), kMostOfCompile);

  const auto constraint = std::make_shared<Constraint>(*std::move(grammar), index);
  Matcher matcher(constraint);
  std::vector<std::uint32_t> words(index.mask_words());
  std::uint64_t most = 0;  // each mask begins with new fuel
  for (const char* at = GetParam().answer; *at != 0; ++at) {
    ASSERT_EQ(matcher.fill_mask(words), Outcome::done);
    most = std::max(most, Fuel().left() - constraint->grammar().fuel().left());
    const auto token = static_cast<std::uint32_t>(static_cast<unsigned char>(*at) - 1);
    ASSERT_EQ(matcher.accept(token), Outcome::done) << at;
  }
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_LE(most, kMostOfMask);
}

INSTANTIATE_TEST_SUITE_P(Schemas, MaskWork, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

}  // namespace
