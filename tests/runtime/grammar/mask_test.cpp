// SPDX-License-Identifier: Apache-2.0
// Masks against the definition: a bit is set exactly where a text of the grammar goes on so.
#include "runtime/grammar/mask.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/byte_set.h"
#include "tests/runtime/grammar/small_vocabulary.h"
#include "tests/runtime/grammar/table_automaton.h"
#include "tests/runtime/grammar/table_oracle.h"

namespace {

using runtime::grammar::Edge;
using runtime::grammar::Grammar;
using runtime::grammar::List;
using runtime::grammar::MaskMaker;
using runtime::grammar::Recognizer;
using runtime::grammar::State;
using runtime::grammar::TokenIndex;
using runtime::grammar::regex::ByteSet;
using runtime::grammar::regex::Expressions;
using runtime::grammar::regex::kUnbounded;
using runtime::grammar::regex::Regex;
using tests::has;
using tests::SmallVocabulary;
using tests::Table;

TEST(Mask, EqualsTheDefinitionOnRandomGrammars) {
  std::mt19937 random(7);
  std::vector<std::string> texts = {"a", "b", "c"};
  for (const char first : {'a', 'b', 'c'})
    for (const char second : {'a', 'b', 'c'}) texts.push_back({first, second});
  for (const char* longer : {"abc", "aab", "ccc", "baab", "acbca", "a"}) texts.emplace_back(longer);
  const SmallVocabulary tokens(texts);
  const TokenIndex index = tokens.index();
  std::vector<std::uint32_t> words(index.mask_words());

  std::size_t states = 0;
  for (int i = 0; states < 110'000; ++i) {
    const Table table = tests::random_table(random, 8);
    tests::TableOracle oracle(table);
    Grammar grammar;
    tests::add_table(grammar, table);
    Recognizer recognizer(grammar);
    MaskMaker masks(recognizer.chart(), index);
    for (int walk = 0; walk < 16; ++walk) {
      recognizer.retreat(recognizer.size());
      for (int step = 0; step < 6; ++step, ++states) {
        const std::string text(recognizer.text());
        ASSERT_TRUE(masks.fill(recognizer, words));
        std::vector<std::uint32_t> allowed;
        for (std::uint32_t id = 0; id < texts.size(); ++id) {
          ASSERT_EQ(has(words, id), oracle.begins(text + texts[id]))
              << "grammar " << i << ": " << text << " + " << texts[id];
          if (has(words, id)) allowed.push_back(id);
        }
        ASSERT_EQ(has(words, tokens.end()), oracle.is_complete(text)) << i << ": " << text;
        ASSERT_FALSE(has(words, tokens.end() - 1));
        ASSERT_TRUE(!allowed.empty() || has(words, tokens.end())) << "an empty mask: " << text;
        if (allowed.empty()) break;
        ASSERT_TRUE(recognizer.advance(texts[allowed[random() % allowed.size()]]));
      }
    }
  }
}

// One expression, once.
class OneEdge final : public runtime::grammar::Automaton {
 public:
  explicit OneEdge(Regex text) : text_(text) {}
  bool expand(State state, List<Edge>& edges) override {
    if (state.local() != 0) return true;
    edges.push_back(Edge::read(text_, State::of(state.automaton(), 1)));
    return false;
  }

 private:
  Regex text_;
};

// Every token of short texts over these pieces, so that characters are cut in every way.
std::vector<std::string> string_tokens() {
  const std::vector<std::string> pieces = {
      "a",  "ab", "\xc3", "\xa9",     "\xc3\xa9",         "\"", "\\", "n",
      "\n", ",",  "}",    "\xf0\x9f", "\xf0\x9f\x98\x80", " "};
  std::vector<std::string> texts = pieces;
  for (const std::string& first : pieces)
    for (const std::string& second : pieces) {
      texts.push_back(first + second);
      for (const char* third : {"a", "\"", "\\", "\x80", "aaaaaaaaa"})
        texts.push_back(first + second + third);
    }
  texts.push_back(std::string(29, 'a'));
  texts.push_back(std::string(31, 'a'));
  texts.push_back(std::string(31, 'a') + "\"");
  return texts;
}

// What lookahead and tails leave out must be what a walk over all tokens leaves out.
TEST(Mask, WhatIsNotWalkedInStringsLosesAndAddsNothing) {
  const SmallVocabulary tokens(string_tokens());
  const TokenIndex index = tokens.index();
  std::vector<std::uint32_t> words(index.mask_words());
  std::mt19937 random(3);

  using Build = Regex (*)(Expressions&, Regex character);
  const std::vector<Build> bodies = {
      [](Expressions& e, Regex c) { return e.repeat(c, 0, kUnbounded); },
      [](Expressions& e, Regex c) { return e.repeat(c, 3, kUnbounded); },
      [](Expressions& e, Regex c) { return e.repeat(c, 0, 40); },
      [](Expressions& e, Regex c) { return e.repeat(c, 2, 12); },
      [](Expressions& e, Regex c) { return e.repeat(c, 0, 5); },
      [](Expressions& e, Regex c) {  // not one of two texts
        return e.without(e.repeat(c, 0, kUnbounded), e.either(e.literal("ab"), e.literal("aba")));
      },
      [](Expressions& e, Regex c) {  // not one that begins with a
        return e.without(e.repeat(c, 0, kUnbounded), e.concat(e.literal("a"), e.anything()));
      },
      [](Expressions& e, Regex c) {  // contains é
        const Regex any = e.repeat(c, 0, kUnbounded);
        return e.concat(any, e.concat(e.literal("\xc3\xa9"), any));
      },
      [](Expressions& e, Regex) {
        return e.repeat(e.bytes(ByteSet::range('a', 'z')), 1, kUnbounded);
      }};
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    Grammar grammar;
    Expressions& e = grammar.expressions();
    const Regex plain = runtime::grammar::string_character(e);
    const Regex escape = e.concat(e.literal("\\"), e.bytes(ByteSet::of("n\"\\")));
    const Regex quote = e.literal("\"");
    const std::vector<Regex> parts = {quote, bodies[i](e, e.either(plain, escape)), quote,
                                      e.optional(e.literal(",}"))};
    grammar.add(std::make_unique<OneEdge>(e.concat(parts)));
    grammar.set_start(State::of(0, 0));
    Recognizer recognizer(grammar);
    MaskMaker masks(recognizer.chart(), index);
    for (int walk = 0; walk < 60; ++walk) {
      recognizer.retreat(recognizer.size());
      for (int step = 0; step < 12; ++step) {
        ASSERT_TRUE(masks.fill(recognizer, words));
        std::vector<std::uint32_t> allowed;
        for (std::uint32_t id = 0; id < tokens.texts().size(); ++id) {
          const std::string& text = tokens.texts()[id];
          const bool advanced = recognizer.advance(text);
          ASSERT_EQ(has(words, id), advanced) << i << ": " << recognizer.text() << " + " << text;
          if (!advanced) continue;
          recognizer.retreat(text.size());
          allowed.push_back(id);
        }
        if (allowed.empty()) break;
        ASSERT_TRUE(recognizer.advance(tokens.texts()[allowed[random() % allowed.size()]]));
      }
    }
  }
}

}  // namespace
