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
      {"another mark",
       [](auto& t) {
         t.normalizers.clear();
         t.pre_tokenizers = {ir::Metaspace{.mark = "_"}};
       },
       "Metaspace with \"_\""},
      {"no byte decoder", [](auto& t) { t.decoders = {ir::ReplaceText{"\xE2\x96\x81", " "}}; },
       "without the decoder ByteFallback"},
      {"strip at the end", [](auto& t) { t.decoders.back() = ir::Strip{.stop = 1}; },
       "the decoder Strip \" \" 0 1"},
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
      {"bytes twice", [](auto& t) { t.pre_tokenizers[0] = ir::ByteLevel{}; },
       "the pre-tokenizer ByteLevel twice"},
      {"scores of bytes", [](auto& t) { t.model = ir::TokenizerModel::unigram; },
       "ByteLevel with another model than BPE"},
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
