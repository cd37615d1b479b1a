// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/recognizer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/runtime/grammar/table_automaton.h"
#include "tests/runtime/grammar/table_oracle.h"

namespace {

using runtime::grammar::Grammar;
using runtime::grammar::Recognizer;
using tests::call;
using tests::read;
using tests::read_any;
using tests::Table;

bool accepts(Table table, std::string_view text) {
  Grammar grammar;
  tests::add_table(grammar, std::move(table));
  Recognizer recognizer(grammar);
  return recognizer.advance(text) && recognizer.is_complete();
}

const Table kBrackets = {{.is_final = true, .edges = {read("[", 1)}},
                         {.edges = {call(0, 2)}},
                         {.edges = {read("]", 3)}},
                         {.is_final = true, .edges = {call(0, 4)}},
                         {.is_final = true}};

TEST(Recognizer, MatchesBracketsAndStepsBack) {
  Grammar grammar;
  tests::add_table(grammar, kBrackets);
  Recognizer recognizer(grammar);
  EXPECT_TRUE(recognizer.is_complete());
  EXPECT_TRUE(recognizer.advance("[[]"));
  EXPECT_FALSE(recognizer.is_complete());
  EXPECT_FALSE(recognizer.advance("]]"));
  EXPECT_EQ(recognizer.text(), "[[]");
  EXPECT_TRUE(recognizer.advance("]"));
  EXPECT_TRUE(recognizer.is_complete());
  recognizer.retreat(3);
  EXPECT_EQ(recognizer.text(), "[");
  EXPECT_TRUE(recognizer.advance("]"));
  EXPECT_TRUE(recognizer.is_complete());
}

TEST(Recognizer, KeepsAllReadings) {
  // ("a"+ "ab" | "aa"+) "b": a longest match of either part would lose texts of the other.
  const Table table = {{.edges = {read_any({"a"}, 1, true), read_any({"aa"}, 2, true)}},
                       {.edges = {read("ab", 2)}},
                       {.edges = {read("b", 3)}},
                       {.is_final = true}};
  EXPECT_TRUE(accepts(table, "aaabb"));
  EXPECT_TRUE(accepts(table, "aab"));
  EXPECT_FALSE(accepts(table, "aaab"));
}

TEST(Recognizer, FollowsLeftHiddenAndNullableRecursion) {
  // S = S "a" | N S "b" | nothing;  N = nothing | "c"
  const Table table = {{.is_final = true, .edges = {call(0, 1), call(4, 2)}},
                       {.edges = {read("a", 5)}},
                       {.edges = {call(0, 3)}},
                       {.edges = {read("b", 5)}},
                       {.is_final = true, .edges = {read("c", 5)}},
                       {.is_final = true}};
  EXPECT_TRUE(accepts(table, "ccabab"));
  EXPECT_TRUE(accepts(table, "bbaab"));
  EXPECT_FALSE(accepts(table, "aac"));
}

TEST(Recognizer, AsksCapturingEdges) {
  // Two words with "," between them, the second not the first: only a memory of the text can tell.
  Grammar grammar;
  std::string first;
  Table table = {{.edges = {read_any({"a", "b"}, 0, true)}},
                 {.edges = {read(",", 2)}},
                 {.edges = {read_any({"a", "b"}, 0, true)}},
                 {.is_final = true}};
  table[0].edges[0].captures = table[2].edges[0].captures = true;
  tests::add_table(grammar, table,
                   [&](std::uint32_t state, std::string_view text) -> std::optional<std::uint32_t> {
                     if (state == 0) {
                       first = text;
                       return 1;
                     }
                     if (text == first) return std::nullopt;
                     return 3;
                   });
  Recognizer recognizer(grammar);
  EXPECT_TRUE(recognizer.advance("ab,"));
  EXPECT_TRUE(recognizer.advance("a"));
  EXPECT_TRUE(recognizer.is_complete());
  EXPECT_TRUE(recognizer.advance("b"));
  EXPECT_FALSE(recognizer.is_complete());
  EXPECT_TRUE(recognizer.advance("a"));
  EXPECT_TRUE(recognizer.is_complete());
}

TEST(Recognizer, AgreesWithTheDefinitionOnRandomGrammars) {
  std::mt19937 random(1);
  std::size_t texts = 0;
  for (int i = 0; i < 1500; ++i) {
    const Table table = tests::random_table(random, 7);
    tests::TableOracle oracle(table);
    Grammar grammar;
    tests::add_table(grammar, table);
    Recognizer recognizer(grammar);
    for (int walk = 0; walk < 6; ++walk) {
      recognizer.retreat(random() % (recognizer.size() + 1));
      while (recognizer.size() < 9) {
        std::string text(recognizer.text());
        ASSERT_EQ(recognizer.is_complete(), oracle.is_complete(text)) << i << ": " << text;
        bool any = false;
        for (const char letter : {'a', 'b', 'c'}) {
          const bool begins = oracle.begins(text + letter);
          ASSERT_EQ(recognizer.advance(static_cast<std::uint8_t>(letter)), begins)
              << "grammar " << i << ": " << text << letter;
          if (begins) recognizer.retreat(1);
          any |= begins;
          ++texts;
        }
        ASSERT_TRUE(any || recognizer.is_complete()) << "a dead end: " << text;
        const char letter = static_cast<char>('a' + random() % 3);
        if (!any || (!recognizer.advance(static_cast<std::uint8_t>(letter)) && random() % 8 == 0))
          break;
      }
    }
  }
  EXPECT_GT(texts, 50'000U);
}

// Every byte of a right-recursive list would otherwise leave one more call to come back from.
TEST(Recognizer, LongListsTakeNoMemoryPerItem) {
  Grammar grammar;
  tests::add_table(grammar, {{.edges = {read("a", 1)}},
                             {.is_final = true, .edges = {read(",", 2)}},
                             {.edges = {call(0, 3)}},
                             {.is_final = true}});
  Recognizer recognizer(grammar);
  ASSERT_TRUE(recognizer.advance("a,a,a,a,"));
  const std::size_t before = recognizer.chart().bytes();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(recognizer.advance("a,"));
  EXPECT_EQ(recognizer.chart().bytes(), before);
}

TEST(Recognizer, ForgetsTablesButNotTheText) {
  Grammar grammar;
  tests::add_table(grammar, kBrackets);
  Recognizer recognizer(grammar);
  ASSERT_TRUE(recognizer.advance("[[[]"));
  recognizer.chart().clear();
  recognizer.refresh();
  EXPECT_EQ(recognizer.text(), "[[[]");
  EXPECT_FALSE(recognizer.advance("]]]"));
  EXPECT_TRUE(recognizer.advance("]]"));
  EXPECT_TRUE(recognizer.is_complete());
}

}  // namespace
