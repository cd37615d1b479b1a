// SPDX-License-Identifier: Apache-2.0
// Masks of random GBNF grammars and random JSON schemas against brute force: a bit is set exactly
// where one of all texts, derived or enumerated by naive means, goes on so.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/grammar/mask.h"
#include "runtime/grammar/schema/json_schema.h"
#include "runtime/grammar/text/gbnf.h"
#include "tests/runtime/grammar/schema/naive_validator.h"
#include "tests/runtime/grammar/schema/random_schemas.h"
#include "tests/runtime/grammar/schema/suites.h"
#include "tests/runtime/grammar/small_vocabulary.h"
#include "tests/runtime/grammar/text/naive_grammar.h"

namespace {

using runtime::grammar::Grammar;
using runtime::grammar::MaskMaker;
using runtime::grammar::Recognizer;
using runtime::grammar::TokenIndex;
using runtime::grammar::json::Value;
using runtime::grammar::schema::KeyOrder;
using runtime::grammar::schema::Whitespace;
using runtime::grammar::text::NaiveGrammar;
using tests::has;
using tests::SmallVocabulary;
using Texts = std::set<std::string>;

// Compares the masks after all of `beginnings`, which hold what texts of the language begin with,
// as long as a token more is among them, too. Returns how many there were.
std::size_t compare(Grammar& grammar, const SmallVocabulary& tokens, const TokenIndex& index,
                    const Texts& beginnings, const Texts& texts, std::size_t longest,
                    const std::string& source) {
  std::vector<std::uint32_t> words(index.mask_words());
  Recognizer recognizer(grammar);
  MaskMaker masks(recognizer.chart(), index);
  std::size_t states = 0;
  for (const std::string& text : beginnings) {
    if (text.size() > longest) continue;
    grammar.fuel().refill();
    recognizer.retreat(recognizer.size());
    EXPECT_TRUE(recognizer.advance(text)) << source << "\n  " << text;
    if (recognizer.text() != text) return states;
    EXPECT_TRUE(masks.fill(recognizer, words)) << source;
    ++states;
    for (std::uint32_t id = 0; id < tokens.texts().size(); ++id)
      EXPECT_EQ(has(words, id), beginnings.contains(text + tokens.texts()[id]))
          << source << "\n  " << text << " + " << tokens.texts()[id];
    EXPECT_EQ(has(words, tokens.end()), texts.contains(text)) << source << "\n  " << text;
    if (testing::Test::HasFailure()) return states;
  }
  return states;
}

TEST(MaskOracle, RandomRulesOfGbnf) {
  constexpr std::size_t kLength = 5;
  const SmallVocabulary tokens({"a", "b", "c", "aa", "ab", "ba", "bc", "ca", "cb", "aba", "bbc"});
  const TokenIndex index = tokens.index();
  std::mt19937 random(5);
  std::size_t states = 0;
  for (int round = 0; states < 20'000 && !HasFailure(); ++round) {
    const auto naive = NaiveGrammar::random(random, 1 + random() % 4, 3);
    Grammar grammar;
    const auto start = runtime::grammar::text::add_gbnf(grammar, naive.as_gbnf());
    const Texts beginnings = naive.beginnings(kLength);
    ASSERT_EQ(static_cast<bool>(start), !beginnings.empty()) << naive.as_gbnf();
    if (!start) continue;
    grammar.set_start(*start);
    states += compare(grammar, tokens, index, beginnings, naive.texts(kLength), kLength - 3,
                      naive.as_gbnf());
  }
}

// All compact texts of a value: the members of objects in any order.
std::vector<std::string> texts_of(const Value& value) {
  std::vector<std::string> texts;
  if (value.is(Value::Kind::array)) {
    texts = {""};
    for (const Value& item : value.items) {
      std::vector<std::string> longer;
      for (const std::string& text : texts)
        for (const std::string& next : texts_of(item))
          longer.push_back(text + (text.empty() ? "" : ",") + next);
      texts = std::move(longer);
    }
    for (std::string& text : texts) text = "[" + text + "]";
    return texts;
  }
  if (!value.is(Value::Kind::object))
    return {tests::schema::write(value, tests::schema::Style::compact)};
  std::vector<std::size_t> order(value.members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  do {
    std::vector<std::string> members = {""};
    for (const std::size_t i : order) {
      std::vector<std::string> longer;
      for (const std::string& text : members)
        for (const std::string& next : texts_of(value.members[i].value))
          longer.push_back(text + (text.empty() ? "\"" : ",\"") +
                           std::string(value.members[i].key) + "\":" + next);
      members = std::move(longer);
    }
    for (const std::string& text : members) texts.push_back("{" + text + "}");
  } while (std::ranges::next_permutation(order).found);
  return texts;
}

// Numbers are left out: 1 may go on as 10e-1.
bool has_number(const Value& value) {
  if (value.is(Value::Kind::number)) return true;
  return std::ranges::any_of(value.items, has_number) ||
         std::ranges::any_of(value.members,
                             [](const auto& member) { return has_number(member.value); });
}

// Random schemas, limited to a list of values: which of these are valid, a naive validator says.
TEST(MaskOracle, RandomSchemas) {
  const SmallVocabulary tokens({"\"",  "a",  "b",  "c",    "ab",    "a\"",   "\":",   "b\"]",
                                "[",   "]",  "{",  "}",    ",",     ":",     "{\"",   "\",\"",
                                "[\"", "]]", "},", "null", "tr",    "ue",    "t",     "fal",
                                "se",  "nu", "ll", "true", "1",     "-",     "\"\"",  "[{",
                                "[]",  "{}", ":[", "\":{", "true,", ",null", "d\":[", "\"d"});
  const TokenIndex index = tokens.index();
  std::size_t states = 0;
  for (unsigned seed = 0; states < 60'000 && !HasFailure(); ++seed) {
    tests::schema::RandomJson random(seed);
    const std::string schema = random.schema();
    Texts values;
    for (int i = 0; i < 30; ++i) {
      const std::string text = random.value(2);
      if (!has_number(tests::schema::read_json(text))) values.insert(text);
    }
    // The limit must not hide a keyword, nor a reference to the whole reach the limit.
    if (schema.starts_with("{\"enum\"") || schema.find("\"#\"") != schema.npos) continue;
    std::string list;
    for (const std::string& text : values) list += (list.empty() ? "" : ", ") + text;
    const std::string limited = "{\"enum\": [" + list + "], " + schema.substr(1);
    Grammar grammar;
    const auto start = runtime::grammar::schema::add_json_schema(
        grammar, limited, {}, {Whitespace::compact, KeyOrder::any});
    const bool is_void =
        !start && std::string_view(start.refusal().message).starts_with("no value");
    if (!start && !is_void) continue;
    Texts texts, beginnings;
    const Value judge = tests::schema::read_json(schema);
    for (const std::string& text : values) {
      const Value value = tests::schema::read_json(text);
      if (!tests::schema::is_valid(judge, value)) continue;
      for (const std::string& written : texts_of(value)) texts.insert(written);
    }
    ASSERT_EQ(is_void, texts.empty()) << limited;
    if (is_void) continue;
    for (const std::string& text : texts)
      for (std::size_t i = 0; i <= text.size(); ++i) beginnings.insert(text.substr(0, i));
    grammar.set_start(*start);
    states += compare(grammar, tokens, index, beginnings, texts, ~std::size_t{0}, limited);
  }
}

}  // namespace
