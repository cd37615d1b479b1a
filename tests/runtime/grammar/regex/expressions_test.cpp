// SPDX-License-Identifier: Apache-2.0
// Expressions against a matcher that tries every split, and the costs that they promise.
#include "runtime/grammar/regex/expressions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/runtime/grammar/regex/naive_regex.h"

namespace runtime::grammar::regex {
namespace {

TEST(Expressions, RandomOnesMatchWhatTheyMean) {
  std::mt19937 random(1);
  const std::vector<std::string> texts = all_texts("abc", 4);
  for (int round = 0; round < 500; ++round) {
    Fuel fuel;
    Expressions e(fuel);
    const RandomRegex r = random_regex(e, random, 4);
    std::optional<std::size_t> shortest;
    for (const std::string& text : texts) {
      const bool expected = r.naive.matches(text);
      ASSERT_EQ(matches(e, r.regex, text), expected) << "round " << round << ": " << text;
      if (expected && !shortest) shortest = text.size();
    }
    const Regex within = e.both(r.regex, e.repeat(e.bytes(ByteSet::of("abc")), 0, kUnbounded));
    if (shortest) {
      ASSERT_EQ(e.shortest(within)->size(), shortest) << round;
    }
  }
}

TEST(Expressions, EmptinessAndCountsAreExact) {
  std::mt19937 random(2);
  const std::vector<std::string> texts = all_texts("abc", 4);
  int nothing = 0;
  for (int round = 0; round < 400; ++round) {
    Fuel fuel;
    Expressions e(fuel);
    const Regex all = e.repeat(e.bytes(ByteSet::of("abc")), 0, 4);
    const RandomRegex r = random_regex(e, random, 4);
    const Regex bounded = e.both(r.regex, all);
    const auto count = static_cast<std::uint64_t>(
        std::ranges::count_if(texts, [&](const std::string& t) { return r.naive.matches(t); }));
    ASSERT_EQ(e.is_nothing(bounded), count == 0) << round;
    ASSERT_EQ(e.shortest(bounded).has_value(), count != 0) << round;
    ASSERT_EQ(e.count(bounded, 1000), count) << round;
    ASSERT_EQ(e.count(bounded, 7), std::min<std::uint64_t>(count, 7)) << round;
    nothing += count == 0 ? 1 : 0;
  }
  EXPECT_GT(nothing, 8);
}

TEST(Expressions, RepresentativesStandForTheirClasses) {
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Fuel fuel;
    Expressions e(fuel);
    const Regex r = random_regex(e, random, 4).regex;
    const auto representatives = e.representatives(r);
    std::vector<Regex> by_representative;
    for (const std::uint8_t byte : representatives)
      by_representative.push_back(e.derivative(r, byte));
    for (unsigned byte = 0; byte < 256; ++byte) {
      const Regex d = e.derivative(r, static_cast<std::uint8_t>(byte));
      EXPECT_TRUE(std::ranges::find(by_representative, d) != by_representative.end());
    }
  }
}

// Up to their horizon two expressions have the same texts, and beginnings of texts.
void expect_same_within(Expressions& e, Regex a, Regex b, std::uint32_t bytes) {
  ASSERT_EQ(e.is_nullable(a), e.is_nullable(b));
  ASSERT_EQ(e.is_nothing(a), e.is_nothing(b));
  for (const char byte : {'a', 'b', 'c'})
    if (bytes > 0 && !e.is_nothing(a))
      expect_same_within(e, e.derivative(a, static_cast<std::uint8_t>(byte)),
                         e.derivative(b, static_cast<std::uint8_t>(byte)), bytes - 1);
}

TEST(Expressions, HorizonsHideOnlyWhatIsBeyond) {
  std::mt19937 random(6);
  int changed = 0;
  for (int i = 0; i < 6000; ++i) {
    Fuel fuel;
    Expressions e(fuel);
    const std::uint32_t least = random() % 3 == 0 ? random() % 4 : 0;
    const Regex limit = e.repeat(e.bytes(ByteSet::of("abc")), least, least + random() % 14);
    const Regex r = random_regex(e, random, 3).regex;
    const Regex repeated = e.repeat(r, random() % 3, 3 + random() % 5);
    const Regex a = e.both(limit, random() % 2 == 0 ? r : repeated);
    const std::uint32_t bytes = 1 + random() % 5;
    const Regex b = e.within(a, bytes);
    changed += a != b ? 1 : 0;
    ASSERT_NO_FATAL_FAILURE(expect_same_within(e, a, b, bytes)) << i;
  }
  EXPECT_GT(changed, 1000);
}

TEST(Expressions, LimitsBeyondTheHorizonAreLeftOut) {
  Fuel fuel;
  Expressions e(fuel);
  const Regex letter = e.bytes(ByteSet::range('a', 'z'));
  const Regex space = e.literal(" ");
  const Regex limit = e.repeat(e.either(letter, space), 0, 99);
  const Regex words = e.repeat(e.concat(e.repeat(letter, 1, kUnbounded), space), 0, 40);
  const Regex endless = e.repeat(e.concat(e.repeat(letter, 1, kUnbounded), space), 0, kUnbounded);
  EXPECT_EQ(e.within(limit, 99), limit);
  EXPECT_EQ(e.within(limit, 98), e.repeat(e.either(letter, space), 0, kUnbounded));
  EXPECT_EQ(e.within(e.both(limit, words), 32), endless);
  EXPECT_EQ(e.within(words, 80), words);
}

TEST(Expressions, NormalFormsAreShared) {
  Fuel fuel;
  Expressions e(fuel);
  const Regex a = e.literal("a"), b = e.literal("b"), x = e.literal("xyz");
  EXPECT_EQ(e.either(a, e.either(b, x)), e.either(x, e.either(a, b)));
  EXPECT_EQ(e.either(a, b), e.bytes(ByteSet::of("ab")));
  EXPECT_EQ(e.concat(e.concat(a, b), x), e.literal("abxyz"));
  EXPECT_EQ(e.repeat(e.repeat(x, 0, kUnbounded), 3, 5), e.repeat(x, 0, kUnbounded));
  EXPECT_EQ(e.repeat(e.repeat(x, 2, 3), 2, 2), e.repeat(x, 4, 6));
  EXPECT_NE(e.repeat(e.repeat(x, 2, 2), 1, 2), e.repeat(x, 2, 4));
  EXPECT_EQ(e.either(e.repeat(x, 1, 3), e.repeat(x, 3, 9)), e.repeat(x, 1, 9));
  EXPECT_EQ(e.either(kEmptyText, e.repeat(x, 1, 3)), e.repeat(x, 0, 3));
  EXPECT_EQ(e.complement(e.complement(x)), x);
  EXPECT_EQ(e.either(x, e.complement(x)), e.anything());
  EXPECT_EQ(e.both(x, e.complement(x)), kNothing);
  EXPECT_EQ(e.either(x, e.anything()), e.anything());
  EXPECT_EQ(e.both(x, a), kNothing);
  EXPECT_EQ(e.both(x, e.repeat(e.bytes(ByteSet::range('w', 'z')), 2, 4)), x);
  EXPECT_TRUE(e.includes(e.repeat(e.bytes(ByteSet::range('w', 'z')), 2, 4), x));
  EXPECT_TRUE(e.disjoint(a, b));
}

TEST(Expressions, CountedRepeatsAreNotUnrolled) {
  Fuel fuel(2000);
  Expressions e(fuel);
  const Regex digit = e.bytes(ByteSet::range('0', '9'));
  Regex r = e.concat(e.repeat(digit, 0, 1'000'000), e.literal("."));
  for (int i = 0; i < 100; ++i) r = e.derivative(r, '7');
  EXPECT_EQ(r, e.concat(e.repeat(digit, 0, 999'900), e.literal(".")));
  EXPECT_FALSE(fuel.exhausted());
}

// .{0,100}x.{0,100}x.{0,100}: a naive automaton would remember where every x was.
TEST(Expressions, AmbiguousCountsDoNotExplode) {
  Fuel fuel(200'000);
  Expressions e(fuel);
  const Regex any = e.repeat(e.bytes(ByteSet::range(' ', '~')), 0, 100);
  const Regex x = e.literal("x");
  const Regex parts[] = {any, x, any, x, any};
  Regex r = e.concat(parts);
  std::mt19937 random(4);
  for (int i = 0; i < 250; ++i) r = e.derivative(r, random() % 3 == 0 ? 'x' : 'y');
  EXPECT_FALSE(fuel.exhausted());
  EXPECT_FALSE(e.is_nothing(r));
}

TEST(Expressions, ManyLiteralsAreATrie) {
  std::mt19937 random(5);
  std::vector<std::string> texts;
  for (int i = 0; i < 1000; ++i)
    texts.push_back("key_" + std::to_string(random() % 100'000) + (i % 3 == 0 ? "_suffix" : ""));
  texts.emplace_back("key_");
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  Fuel fuel;
  Expressions e(fuel);
  const Regex all = e.literals(views);
  std::vector<Regex> single;
  for (const std::string& text : texts) single.push_back(e.literal(text));
  EXPECT_EQ(e.either(single), all);
  const Regex quoted = e.concat(all, e.literal("\""));
  fuel.refill(100'000);
  for (const std::string& text : texts) {
    EXPECT_TRUE(matches(e, all, text));
    EXPECT_TRUE(matches(e, quoted, text + "\""));
    EXPECT_EQ(after(e, all, text + "!"), kNothing);
  }
  EXPECT_FALSE(fuel.exhausted());
}

// Each text is a prefix of the next: a trie of a thousand levels.
TEST(Expressions, DeepTriesStayExact) {
  std::vector<std::string> texts;
  for (std::size_t i = 1; i <= 1000; ++i) texts.emplace_back(i, 'a');
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  Fuel fuel;
  Expressions e(fuel);
  const Regex all = e.literals(views);
  EXPECT_FALSE(matches(e, all, ""));
  for (const std::string& text : texts) ASSERT_TRUE(matches(e, all, text)) << text.size();
  EXPECT_FALSE(matches(e, all, std::string(1001, 'a')));
}

TEST(Expressions, LongLiteralsAndEnumerationsWithoutSome) {
  Fuel fuel;
  Expressions e(fuel);
  std::string text;
  for (int i = 0; i < 10'000; ++i) text.push_back(static_cast<char>('a' + i % 26));
  const Regex literal = e.literal(text);
  EXPECT_TRUE(matches(e, literal, text));
  EXPECT_FALSE(matches(e, literal, text.substr(1)));
  EXPECT_EQ(e.shortest(literal), text);

  const std::string_view some[] = {"red", "green", "blue", "black"};
  const std::string_view less[] = {"green", "black", "white"};
  const Regex left = e.without(e.literals(some), e.literals(less));
  EXPECT_EQ(e.count(left, 100), 2U);
  EXPECT_TRUE(matches(e, left, "red"));
  EXPECT_FALSE(matches(e, left, "green"));
  EXPECT_FALSE(e.is_nothing(left));
  EXPECT_TRUE(e.is_nothing(e.without(left, e.literals(some))));
}

TEST(Expressions, CountsInfiniteAndHugeOnes) {
  Fuel fuel;
  Expressions e(fuel);
  const Regex digit = e.bytes(ByteSet::range('0', '9'));
  EXPECT_EQ(e.count(e.repeat(digit, 3, 3), 1'000'000), 1000U);
  EXPECT_EQ(e.count(e.repeat(digit, 3, 3), 999), 999U);
  EXPECT_EQ(e.count(e.repeat(digit, 0, kUnbounded), 50), 50U);
  EXPECT_EQ(e.count(e.repeat(digit, 0, 1'000'000), ~std::uint64_t{0}), ~std::uint64_t{0});
  EXPECT_EQ(e.count(kNothing, 5), 0U);
  EXPECT_EQ(e.count(kEmptyText, 5), 1U);
}

TEST(Expressions, WithoutFuelNothingIsRemembered) {
  Fuel fuel(60);
  Expressions e(fuel);
  const Regex words = e.repeat(e.either(e.literal("ab"), e.literal("ba")), 0, kUnbounded);
  while (!fuel.exhausted()) e.literal(std::string(1 + fuel.exhausted(), 'q')), fuel.spend();
  EXPECT_EQ(e.derivative(words, 'a'), kNothing);
  fuel.refill();
  EXPECT_TRUE(matches(e, words, "abba"));
}

TEST(Expressions, TooDeepNestingBurnsTheFuel) {
  Fuel fuel;
  Expressions e(fuel);
  Regex r = e.literal("x");
  for (int i = 0; i < 5000 && !fuel.exhausted(); ++i)
    r = e.repeat(e.concat(r, e.literal("y")), 2, 3);
  EXPECT_TRUE(fuel.exhausted());
}

}  // namespace
}  // namespace runtime::grammar::regex
