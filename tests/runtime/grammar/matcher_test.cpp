// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/matcher.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "runtime/grammar/list.h"
#include "tests/runtime/grammar/table_automaton.h"

namespace {

using runtime::grammar::Constraint;
using runtime::grammar::Grammar;
using runtime::grammar::List;
using runtime::grammar::Matcher;
using runtime::grammar::Outcome;
using runtime::grammar::TokenIndex;
using runtime::grammar::TokenText;
using tests::call;
using tests::read;
using tests::read_any;
using tests::Table;

// {"name":"…"} with a body of a and b; or "[" … "]" of such.
const Table kObjects = {{.edges = {read("{\"name\":\"", 1), read("[", 3)}},
                        {.edges = {read_any({"a", "b"}, 2, true), read("\"}", 6)}},
                        {.edges = {read("\"}", 6)}},
                        {.edges = {call(0, 4)}},
                        {.edges = {read(",", 3), read("]", 6)}},
                        {},
                        {.is_final = true}};

class MatcherTest : public testing::Test {
 protected:
  std::shared_ptr<Constraint> constrain(const Table& table) {
    auto grammar = std::make_unique<Grammar>();
    tests::add_table(*grammar, table);
    return std::make_shared<Constraint>(std::move(grammar), index_);
  }
  std::uint32_t id(std::string_view text) const {
    for (std::uint32_t i = 0; i < texts_.size(); ++i)
      if (texts_[i] == text) return i;
    return kEnd;
  }
  std::vector<std::uint32_t> ids(const std::vector<std::string>& texts) const {
    std::vector<std::uint32_t> result;
    for (const std::string& text : texts) result.push_back(id(text));
    return result;
  }
  std::vector<std::string> allowed(Matcher& matcher) const {
    std::vector<std::uint32_t> words(index_.mask_words());
    EXPECT_EQ(matcher.fill_mask(words), Outcome::done);
    std::vector<std::string> result;
    for (std::uint32_t i = 0; i < texts_.size(); ++i)
      if ((words[i / 32] >> i % 32 & 1U) != 0) result.push_back(texts_[i]);
    if ((words[kEnd / 32] >> kEnd % 32 & 1U) != 0) result.emplace_back("end");
    return result;
  }

  static constexpr std::uint32_t kEnd = 40;
  std::vector<std::string> texts_ = {"{",   "}",    "[",    "]",      ",",   "\"", ":",
                                     "a",   "b",    "name", "\"name", "{\"", "ab", "\":\"",
                                     "\"}", "\"},", "am",   "n",      "me",  "\"a"};
  TokenIndex index_ = [this] {
    List<TokenText> tokens;
    for (std::uint32_t i = 0; i < texts_.size(); ++i) tokens.push_back({texts_[i], i});
    return TokenIndex(tokens, kEnd + 1, {kEnd});
  }();
};

TEST_F(MatcherTest, AllowsWhatTheGrammarAllows) {
  Matcher matcher(constrain(kObjects));
  EXPECT_EQ(allowed(matcher), (std::vector<std::string>{"{", "[", "{\""}));
  EXPECT_EQ(matcher.accept(id("{\"")), Outcome::done);
  EXPECT_EQ(allowed(matcher), (std::vector<std::string>{"name", "n"}));
  EXPECT_EQ(matcher.accept(id("b")), Outcome::refused);
  EXPECT_EQ(matcher.accept(kEnd), Outcome::refused);
  EXPECT_EQ(matcher.accept(id("name")), Outcome::done);
  EXPECT_EQ(matcher.accept(id("\":\"")), Outcome::done);
  EXPECT_EQ(allowed(matcher), (std::vector<std::string>{"\"", "a", "b", "ab", "\"}"}));
  EXPECT_EQ(matcher.accept(id("\"}")), Outcome::done);
  EXPECT_TRUE(matcher.is_complete());
  EXPECT_EQ(allowed(matcher), std::vector<std::string>{"end"});
  EXPECT_EQ(matcher.accept(kEnd), Outcome::done);
  EXPECT_TRUE(matcher.has_ended());
  EXPECT_EQ(matcher.accept(id("a")), Outcome::refused);
  EXPECT_EQ(allowed(matcher), std::vector<std::string>{"end"});
}

TEST_F(MatcherTest, ValidatesWithoutMoving) {
  Matcher matcher(constrain(kObjects));
  std::vector<std::uint32_t> tokens = ids({"{\"", "name", "\":\"", "ab", "\"}"});
  tokens.push_back(kEnd);
  EXPECT_EQ(matcher.validate(tokens), 6U);
  EXPECT_EQ(matcher.validate(ids({"[", "{\"", "a"})), 2U);
  EXPECT_EQ(matcher.text(), "");
  EXPECT_EQ(matcher.accept(id("{")), Outcome::done);
}

TEST_F(MatcherTest, RollsBackAndCopies) {
  Matcher matcher(constrain(kObjects));
  for (const std::uint32_t token : ids({"[", "{\"", "name", "\":\"", "a"}))
    ASSERT_EQ(matcher.accept(token), Outcome::done);
  Matcher copy = matcher;
  EXPECT_EQ(copy.accept(id("\"},")), Outcome::done);
  EXPECT_EQ(matcher.accept(id("ab")), Outcome::done);
  EXPECT_EQ(copy.text(), "[{\"name\":\"a\"},");
  EXPECT_EQ(matcher.text(), "[{\"name\":\"aab");
  matcher.rollback(3);
  EXPECT_EQ(matcher.text(), "[{\"name");
  EXPECT_EQ(allowed(matcher), (std::vector<std::string>{"\"", "\":\""}));

  Matcher restored(constrain(kObjects));  // from what was written down
  for (const std::uint32_t token : copy.accepted())
    ASSERT_EQ(restored.accept(token), Outcome::done);
  EXPECT_EQ(allowed(restored), allowed(copy));
}

TEST_F(MatcherTest, RollsBackAnEnd) {
  Matcher matcher(constrain(kObjects));
  for (const std::uint32_t token : ids({"{\"", "name", "\":\"", "\"}"}))
    ASSERT_EQ(matcher.accept(token), Outcome::done);
  ASSERT_EQ(matcher.accept(kEnd), Outcome::done);
  matcher.rollback(2);
  EXPECT_FALSE(matcher.has_ended());
  EXPECT_EQ(matcher.text(), "{\"name\":\"");
}

TEST_F(MatcherTest, ForcesTextInTheTokensOfATokenizer) {
  Matcher matcher(constrain(kObjects));
  EXPECT_EQ(matcher.forced_text(), "");
  ASSERT_EQ(matcher.accept(id("{\"")), Outcome::done);
  EXPECT_EQ(matcher.forced_text(), "name\":\"");
  // Nothing joins `":"` with the body that follows.
  EXPECT_EQ(matcher.forced_count(ids({"name", "\":\""})), 2U);
  // But a quote alone may be joined with an a.
  EXPECT_EQ(matcher.forced_count(ids({"name", "\"", ":", "\""})), 3U);
  EXPECT_EQ(matcher.forced_count(ids({"n", "am", "e"})), 0U);
}

TEST_F(MatcherTest, SaysThatTheVocabularyCannotGoOn) {
  Matcher matcher(constrain({{.edges = {read("xyz", 1)}}, {.is_final = true}}));
  std::vector<std::uint32_t> words(index_.mask_words());
  EXPECT_EQ(matcher.fill_mask(words), Outcome::stuck);
}

TEST_F(MatcherTest, FindsItsPlaceWhereTablesWereForgotten) {
  const auto constraint = constrain(kObjects);
  Matcher matcher(constraint);
  for (const std::uint32_t token : ids({"[", "{\"", "name", "\":\"", "a"}))
    ASSERT_EQ(matcher.accept(token), Outcome::done);
  Matcher copy = matcher;
  const std::vector<std::string> before = allowed(copy);
  constraint->chart().clear();
  EXPECT_EQ(allowed(matcher), before);
  EXPECT_EQ(allowed(copy), before);
  EXPECT_EQ(copy.accept(id("\"},")), Outcome::done);
}

}  // namespace
