// SPDX-License-Identifier: Apache-2.0
// The models beside byte pair encoding, normalizers, and the flags of added tokens, on tokenizers
// small enough to follow by hand.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/host/sentinel.h"
#include "runtime/host/tokenizer.h"
#include "tests/support/small_tokenizers.h"
#include "tests/support/tokenizer.h"

namespace {

using runtime::host::EncodeOptions;
using runtime::host::Tokenizer;
using Ids = std::vector<std::uint32_t>;
using Strings = std::vector<std::string>;

Strings tokens_of(const Tokenizer& tokenizer, std::string_view text,
                  EncodeOptions options = {.add_special = false}) {
  Strings tokens;
  for (const std::uint32_t id : tokenizer.encode(text, options))
    tokens.emplace_back(tokenizer.token_bytes(id));
  return tokens;
}

TEST(Words, TakeTheLongestTokenThatFits) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_word_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "playing unplaying."),
            (Strings{"play", "ing", "un", "play", "ing", "."}));
  EXPECT_EQ(tokens_of(host, "aaa plays ing"), (Strings{"a", "a", "a", "[UNK]", "[UNK]"}));
  EXPECT_EQ(tokens_of(host, std::string(20, 'a')).size(), 20U);
  EXPECT_EQ(tokens_of(host, std::string(21, 'a')), Strings{"[UNK]"});
  EXPECT_EQ(host.encode("a").front(), 1U);
  EXPECT_EQ(host.encode("a").back(), 2U);
}

TEST(Words, AreFoldedBeforeTheyAreLookedUp) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_word_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "PL\xC3\x81Y\x01ING"), (Strings{"play", "ing"}));  // Á, a control
  EXPECT_EQ(tokens_of(host, "pla\xCC\x81y"), Strings{"play"});                 // a combining mark
  EXPECT_EQ(tokens_of(host,
                      "a\xE4\xBD\xA0"
                      "a"),
            (Strings{"a", "\xE4\xBD\xA0", "a"}));
  EXPECT_EQ(tokens_of(host,
                      "a\xE2\x80\xA8"
                      "a"),
            (Strings{"a", "a"}));  // U+2028
}

TEST(Words, AreJoinedBySpaces) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_word_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(host.decode(host.encode("playing a. a?a")), "playing a. a? a");
}

TEST(Unigram, TakesTheHighestScore) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_unigram_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "ab"), (Strings{" ", "ab"}));  // -6, and " a" "b" is -6.5
  EXPECT_EQ(tokens_of(host, "a bab"), (Strings{" a", " ", "bab"}));
  EXPECT_EQ(tokens_of(host, "axyb"), (Strings{" a", "<unk>", "b"}));
  EXPECT_EQ(tokens_of(host, ""), Strings{});
  EXPECT_EQ(host.encode("a"), (Ids{6, 1}));
}

TEST(Unigram, ReadsNormalizedText) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_unigram_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  EXPECT_EQ(tokens_of(host, "\xEF\xBD\x81   b  \n"), (Strings{" a", " ", "b"}));  // U+FF41
  EXPECT_EQ(host.decode(host.encode("a   b ")), "a b");
}

TEST(Unigram, LongPiecesTakeLinearTime) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_unigram_tokenizer());
  ASSERT_TRUE(tokenizer);
  std::string text;
  while (text.size() < 1'000'000) text += "abbabx";
  EXPECT_GT(tokenizer->host().encode(text).size(), text.size() / 4);
}

// Unicode's own examples: what a form does to a text.
TEST(UnicodeForms, AreThoseOfTheStandard) {
  struct Row {
    ir::UnicodeForm form;
    const char* text;
    const char* expected;
  };
  using enum ir::UnicodeForm;
  const Row rows[] = {
      {nfc, "A\u030A", "\u00C5"},
      {nfc, "\u212B", "\u00C5"},
      {nfd, "\u00C5", "A\u030A"},
      {nfc, "\u1E69", "\u1E69"},
      {nfc, "s\u0307\u0323", "\u1E69"},
      {nfd, "\u1E69", "s\u0323\u0307"},
      {nfc, "\u1E0B\u0323", "\u1E0D\u0307"},
      {nfkc, "\uFB01 \u2460 2\u2075", "fi 1 25"},
      {nfkd, "\u1E9B\u0323", "s\u0323\u0307"},
      {nfkc, "\u1E9B\u0323", "\u1E69"},
      {nfc, "\u1100\u1161\u11A8", "\uAC01"},
      {nfd, "\uAC01", "\u1100\u1161\u11A8"},
      {nfc, "\uAC00\u11A8x", "\uAC01x"},
      {nfc, "\u0344", "\u0308\u0301"},
      {nfc, "\u0958", "\u0915\u093C"},  // excluded from composition
      {nfc, "a\u0315\u0300\u05AE\u0300b", "\u00E0\u05AE\u0300\u0315b"},
      {nfc, "\u0301x", "\u0301x"},
      {nfkc, "\uFF76\uFF9E", "\u30AC"},
  };
  for (const Row& row : rows) {
    auto description = tests::small_byte_tokenizer();
    description.normalizers = {row.form};
    const auto tokenizer = tests::compile_tokenizer(description);
    ASSERT_TRUE(tokenizer);
    const Tokenizer& host = tokenizer->host();
    EXPECT_EQ(host.decode(host.encode(row.text)), row.expected) << row.text;
    EXPECT_EQ(host.decode(host.encode(std::string("ok ") + row.text + " ok")),
              std::string("ok ") + row.expected + " ok");
  }
}

// Long runs of marks out of order are sorted in less than quadratic time.
TEST(UnicodeForms, SortLongRuns) {
  auto description = tests::small_byte_tokenizer();
  description.normalizers = {ir::UnicodeForm::nfc};
  const auto tokenizer = tests::compile_tokenizer(description);
  ASSERT_TRUE(tokenizer);
  std::string marks;
  for (int i = 0; i < 100'000; ++i) marks += "\u0301\u0323";
  const std::string text = tokenizer->host().decode(tokenizer->host().encode("x" + marks));
  EXPECT_EQ(text.size(), 1 + marks.size());
  EXPECT_TRUE(text.starts_with("x\u0323\u0323"));
}

ir::TokenizerDescription with_added(ir::AddedToken token) {
  auto description = tests::small_byte_tokenizer();
  token.id = tests::add_piece(description, token.text, ir::PieceKind::user_defined);
  description.added_tokens.push_back(std::move(token));
  return description;
}

TEST(AddedTokens, ObeyTheirFlags) {
  const auto split = [](ir::AddedToken token, std::string_view text) {
    const auto tokenizer = tests::compile_tokenizer(with_added(std::move(token)));
    return tokenizer ? tokens_of(tokenizer->host(), text) : Strings{};
  };
  EXPECT_EQ(split({.text = "aa1"}, "laa1l"), (Strings{"l", "aa1", "l"}));
  EXPECT_EQ(split({.text = "aa1", .single_word = true}, "laa1 aa1l aa1.aa1"),
            (Strings{"l", "aa", "1", " ", "aa", "1", "l", " ", "aa1", ".", "aa1"}));
  EXPECT_EQ(split({.text = "aa1", .single_word = true},
                  "\u00E9"
                  "aa1"),
            (Strings{"\xC3", "\xA9", "aa", "1"}));
  EXPECT_EQ(split({.text = "aa1", .strip_left = true}, "l \t aa1 l"),
            (Strings{"l", "aa1", " ", "l"}));
  EXPECT_EQ(split({.text = "aa1", .strip_right = true}, "l aa1 \u3000l"),
            (Strings{"l", " ", "aa1", "l"}));
}

TEST(AddedTokens, AreLookedForInNormalizedText) {
  auto description = with_added({.text = "L\u0301", .normalized = true});
  description.normalizers = {ir::Lowercase{}, ir::UnicodeForm::nfc};
  const auto tokenizer = tests::compile_tokenizer(description);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokens_of(tokenizer->host(), "a\u0139"), (Strings{"a", "L\u0301"}));
  EXPECT_EQ(tokens_of(tokenizer->host(), "al\u0301"), (Strings{"a", "L\u0301"}));
}

TEST(Sentinel, KeepsSpecialTokensOfUsersOut) {
  using runtime::host::kSentinel;
  const auto tokenizer = tests::compile_tokenizer(tests::small_byte_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  const std::string sentinel(kSentinel);
  for (const std::string& text : {std::string("<|end|>"), "a<|end|><|end|" + sentinel + ">",
                                  sentinel + sentinel + "<|end|>" + sentinel,
                                  std::string("<<|end|>|end|>"), std::string("plain")}) {
    const std::string guarded = host.guard(text);
    EXPECT_EQ(host.encode(guarded, {.parse_special = true, .guarded = true}), host.encode(text))
        << text;
    EXPECT_EQ(host.decode(host.encode(text)), text);
  }
  const Ids ids =
      host.encode(host.guard("<|end|>") + "<|end|>", {.parse_special = true, .guarded = true});
  EXPECT_TRUE(host.is_control(ids.back()));
  EXPECT_FALSE(host.is_control(ids.front()));
}

TEST(Tokenizer, AddsSpecialTokensOnceWhereAsked) {
  const auto tokenizer = tests::compile_tokenizer(tests::small_marked_tokenizer());
  ASSERT_TRUE(tokenizer);
  const Tokenizer& host = tokenizer->host();
  const EncodeOptions once{.parse_special = true, .special_once = true};
  EXPECT_EQ(host.encode("<s>hello", once), host.encode("hello"));
  EXPECT_EQ(host.encode("hello", once), host.encode("hello"));
  EXPECT_EQ(host.encode("<s>hello", {.parse_special = true}).at(1), 1U);
  EXPECT_EQ(host.encode("", once), Ids{1});
}

TEST(PreTokenizers, JoinAndDropAsTheirBehaviorSays) {
  using Behavior = ir::SplitPattern::Behavior;
  const auto split = [](Behavior behavior, bool invert) {
    auto description = tests::small_byte_tokenizer();
    description.whole_pieces_first = true;
    for (const char* text : {"1", "11", "a1", "1a", "11a", "a11"})
      if (std::string(text).size() > 1) tests::add_piece(description, text);
    description.pre_tokenizers = {
        ir::SplitPattern{.pattern = "1", .behavior = behavior, .invert = invert},
        ir::ByteLevel{.use_regex = false}};
    const auto tokenizer = tests::compile_tokenizer(description);
    return tokenizer ? tokens_of(tokenizer->host(), "a11a") : Strings{};
  };
  EXPECT_EQ(split(Behavior::isolated, false), (Strings{"a", "1", "1", "a"}));
  EXPECT_EQ(split(Behavior::removed, false), (Strings{"a", "a"}));
  EXPECT_EQ(split(Behavior::removed, true), (Strings{"1", "1"}));
  EXPECT_EQ(split(Behavior::merged_with_previous, false), (Strings{"a1", "1", "a"}));
  EXPECT_EQ(split(Behavior::merged_with_next, false), (Strings{"a", "1", "1a"}));
  EXPECT_EQ(split(Behavior::contiguous, false), (Strings{"a", "11", "a"}));
}

}  // namespace
