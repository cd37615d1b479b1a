// SPDX-License-Identifier: Apache-2.0
// What the tokenizer compiler accepts, and what it refuses by name.
#include "codegen/tokenizer/tokenizer_writer.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/support/small_tokenizers.h"
#include "tests/support/tokenizer.h"

namespace {

using ir::DiagnosticKind;
using ir::TokenizerDescription;

TEST(TokenizerWriter, WritesTheSameBytesAgain) {
  const auto first = codegen::tokenizer::write_tokenizer(tests::small_byte_tokenizer());
  const auto second = codegen::tokenizer::write_tokenizer(tests::small_byte_tokenizer());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
}

struct Refusal {
  const char* name;
  std::function<void(TokenizerDescription&)> spoil;
  const char* message;  // part of it
  DiagnosticKind kind = DiagnosticKind::unsupported_tokenizer;
};

void expect_refused(TokenizerDescription tokenizer, const Refusal& refusal) {
  refusal.spoil(tokenizer);
  const auto file = codegen::tokenizer::write_tokenizer(tokenizer);
  ASSERT_FALSE(file) << refusal.name;
  EXPECT_EQ(file.error().kind, refusal.kind) << refusal.name;
  EXPECT_NE(file.error().message.find(refusal.message), std::string::npos)
      << refusal.name << ": " << file.error().message;
}

TEST(TokenizerWriter, NamesWhatItCannotCompileInMarkedText) {
  const Refusal refusals[] = {
      {"replacing letters", [](auto& t) { t.normalizers.push_back(ir::ReplaceText{"a", "b"}); },
       "the normalizer Replace \"a\" by \"b\""},
      {"another prefix", [](auto& t) { t.normalizers[0] = ir::PrependText{"x"}; },
       "the normalizer Prepend \"x\""},
      {"splitting Metaspace",
       [](auto& t) {
         t.normalizers.clear();
         t.pre_tokenizers = {ir::Metaspace{}};
       },
       "the pre-tokenizer Metaspace"},
      {"no byte decoder", [](auto& t) { t.decoders = {ir::ReplaceText{"\xE2\x96\x81", " "}}; },
       "without the decoder ByteFallback"},
      {"strip at the end", [](auto& t) { t.decoders.back() = ir::Strip{.stop = 1}; },
       "the decoder Strip \" \" 0 1"},
      {"a single word",
       [](auto& t) { t.added_tokens.push_back({.id = 1, .text = "w", .single_word = true}); },
       "the added token \"w\" as a single word"},
      {"normalized added token",
       [](auto& t) { t.added_tokens.push_back({.id = 1, .text = "w", .normalized = true}); },
       "the added token \"w\" in normalized text"},
      {"a template with an absent token", [](auto& t) { t.prefix_ids = {99999}; },
       "the template adds the token 99999", DiagnosticKind::malformed_tokenizer},
      {"no pieces", [](auto& t) { t = {}; }, "the vocabulary has 0 pieces",
       DiagnosticKind::malformed_tokenizer},
  };
  for (const Refusal& refusal : refusals) expect_refused(tests::small_marked_tokenizer(), refusal);
}

TEST(TokenizerWriter, NamesWhatItCannotCompileInByteLevelText) {
  const Refusal refusals[] = {
      {"a pattern with look behind",
       [](auto& t) { t.pre_tokenizers[0] = ir::SplitPattern{.pattern = "(?<=a)b"}; },
       "the pre-tokenizer Split \"(?<=a)b\", with a special group"},
      {"a split that removes",
       [](auto& t) {
         t.pre_tokenizers[0] =
             ir::SplitPattern{.pattern = "a", .behavior = ir::SplitPattern::Behavior::removed};
       },
       "another behavior than Isolated"},
      {"bytes before the cut", [](auto& t) { std::swap(t.pre_tokenizers[0], t.pre_tokenizers[1]); },
       "the pre-tokenizer ByteLevel"},
      {"a normalizer", [](auto& t) { t.normalizers = {ir::PrependText{"x"}}; },
       "the normalizer Prepend"},
      {"another decoder", [](auto& t) { t.decoders.assign(1, ir::Fuse{}); }, "the decoder Fuse"},
  };
  for (const Refusal& refusal : refusals) expect_refused(tests::small_byte_tokenizer(), refusal);
}

// The two conditions of codegen/tokenizer/merge_rule.h.
TEST(TokenizerWriter, RefusesListsOfMergesThatAreNotTheRule) {
  const Refusal refusals[] = {
      {"merges of one token apart",
       [](auto& t) {
         tests::add_merge(t, "h", "ell");
         tests::add_merge(t, "e", "ll");
       },
       "merges of \"hell\" that are not in order"},
      {"parts after results",
       [](auto& t) {
         std::swap(t.merges.front(), t.merges[2]);
         tests::add_merge(t, "a", "aa");
       },
       "parts come after their results"},
  };
  for (const Refusal& refusal : refusals) {
    TokenizerDescription tokenizer = tests::small_byte_tokenizer();
    tests::add_piece(tokenizer, "ell");
    expect_refused(tokenizer, refusal);
  }
}

// "ab" ranks before "bc" and "abc" is bc + a: merging "abc" alone never gives it, so that it must
// not be joined from "ab" and "c", though its bytes are a token.
TEST(TokenizerWriter, TokensThatMergingCannotGiveAreNeverJoined) {
  TokenizerDescription tokenizer = tests::small_byte_tokenizer();
  tests::add_merge(tokenizer, "a", "b");
  tests::add_merge(tokenizer, "b", "c");
  tests::add_merge(tokenizer, "a", "bc");
  const auto compiled = tests::compile_tokenizer(tokenizer);
  ASSERT_TRUE(compiled);
  std::string pieces;
  for (const std::uint32_t id : compiled->host().encode("abc bc"))
    pieces += std::string(compiled->host().token_bytes(id)) + "|";
  EXPECT_EQ(pieces, "ab|c| |bc|");
}

}  // namespace
