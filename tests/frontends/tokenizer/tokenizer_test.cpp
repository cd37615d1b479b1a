// SPDX-License-Identifier: Apache-2.0
// Reading tokenizer.json and tokenizer.model: what is understood, and what is refused by name.
#include "frontends/tokenizer/tokenizer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "frontends/tokenizer/sentencepiece.h"
#include "frontends/tokenizer/tokenizer_json.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_data.h"

namespace {

using frontends::read_tokenizer;
using ir::DiagnosticKind;
using ir::TokenizerDescription;

ir::Result<TokenizerDescription> read_json(const std::string& text) {
  const tests::TemporaryFolder folder;
  folder.write("tokenizer.json", text);
  return read_tokenizer(folder.path());
}

ir::Result<TokenizerDescription> read_model(const std::string& bytes) {
  const tests::TemporaryFolder folder;
  folder.write("tokenizer.model", bytes);
  return read_tokenizer(folder.path());
}

constexpr std::string_view kModel =
    R"("model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]})";

std::string with(std::string_view more) {
  return "{" + std::string(kModel) + (more.empty() ? "" : ", ") + std::string(more) + "}";
}

TEST(TokenizerJson, ReadsEveryPart) {
  const auto tokenizer = read_json(with(R"(
    "added_tokens": [{"id": 3, "content": "<s>", "special": true, "rstrip": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "x"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": "\\s"}, "behavior": "Isolated", "invert": false},
      {"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "use_regex": false}]},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}},
                 {"SpecialToken": {"id": "<s>"}}],
      "special_tokens": {"<s>": {"id": "<s>", "ids": [3]}}},
    "decoder": {"type": "Strip", "content": " ", "start": 1, "stop": 0})"));
  ASSERT_TRUE(tokenizer) << ir::to_string(tokenizer.error());
  EXPECT_EQ(tokenizer->pieces.size(), 4U);
  EXPECT_EQ(tokenizer->pieces[3].kind, ir::PieceKind::control);
  ASSERT_EQ(tokenizer->merges.size(), 1U);
  EXPECT_EQ(tokenizer->merges[0].right, 1U);
  EXPECT_TRUE(tokenizer->added_tokens.at(0).strip_right);
  EXPECT_EQ(tokenizer->normalizers.size(), 1U);
  ASSERT_EQ(tokenizer->pre_tokenizers.size(), 3U);
  EXPECT_EQ(std::get<ir::SplitPattern>(tokenizer->pre_tokenizers[0]).pattern, "\\s");
  EXPECT_FALSE(std::get<ir::ByteLevel>(tokenizer->pre_tokenizers[2]).use_regex);
  EXPECT_EQ(tokenizer->prefix_ids, std::vector<std::uint32_t>{3});
  EXPECT_EQ(tokenizer->suffix_ids, std::vector<std::uint32_t>{3});
  EXPECT_EQ(std::get<ir::Strip>(tokenizer->decoders.at(0)).start, 1U);
}

TEST(TokenizerJson, RefusesByName) {
  struct Case {
    std::string text;
    DiagnosticKind kind;
    const char* message;
  };
  constexpr auto kUnsupported = DiagnosticKind::unsupported_tokenizer;
  constexpr auto kMalformed = DiagnosticKind::malformed_tokenizer;
  const Case cases[] = {
      {with(R"("normalizer": {"type": "NFKX"})"), kUnsupported, "normalizer is NFKX"},
      {with(R"("pre_tokenizer": {"type": "UnicodeScripts"})"), kUnsupported,
       "pre_tokenizer is UnicodeScripts"},
      {with(R"("decoder": {"type": "CTC"})"), kUnsupported, "decoder is CTC"},
      {with(R"("post_processor": {"type": "Odd"})"), kUnsupported, "post_processor is Odd"},
      {with(R"("decoder": {"type": "Replace", "pattern": {"Regex": "x"}, "content": ""})"),
       kUnsupported, "Replace with a regular expression"},
      {with(R"("pre_tokenizer": {"type": "Punctuation", "behavior": "Odd"})"), kUnsupported,
       "split behavior is Odd"},
      {with(R"("normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAA!"})"),
       DiagnosticKind::bad_config_value, "precompiled_charsmap must be"},
      {R"({"model": {"type": "WordLevel", "vocab": {}}})", kUnsupported, "model is WordLevel"},
      {R"({"model": {"type": "Unigram", "vocab": [["a"]]}})", DiagnosticKind::bad_config_value,
       "vocab must be"},
      {R"({"model": {"type": "BPE", "vocab": {}, "merges": [], "dropout": 0.1}})", kUnsupported,
       "dropout"},
      {R"({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}})", kMalformed,
       "the merge \"a b\" does not join"},
      {R"({"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}})", kMalformed,
       "two pieces have the id 0"},
      {R"({"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}})", kMalformed,
       "the id of piece \"a\" is -1"},
      {with(R"("added_tokens": [{"id": 0, "content": "x"}])"), kMalformed, "share the id 0"},
      {with(R"("post_processor": {"type": "TemplateProcessing", "special_tokens": {},
                "single": [{"SpecialToken": {"id": "<s>"}}]})"),
       kMalformed, "the template uses \"<s>\" but gives it no ids"},
      {with(R"("decoder": {"type": "Strip", "content": " ", "start": -1, "stop": 0})"),
       DiagnosticKind::bad_config_value, "start must be"},
      {R"({"model": 7})", DiagnosticKind::bad_config_value, "model must be an object"},
      {"{", DiagnosticKind::malformed_json, "not valid JSON"},
  };
  for (const Case& c : cases) {
    const auto tokenizer = read_json(c.text);
    ASSERT_FALSE(tokenizer) << c.text;
    EXPECT_EQ(tokenizer.error().kind, c.kind) << ir::to_string(tokenizer.error());
    EXPECT_NE(tokenizer.error().message.find(c.message), std::string::npos)
        << tokenizer.error().message;
  }
}

TEST(Tokenizer, AFolderWithoutOneSaysSo) {
  const tests::TemporaryFolder folder;
  const auto tokenizer = read_tokenizer(folder.path());
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().kind, DiagnosticKind::tokenizer_missing);
}

// Protocol buffers by hand: a field is its number and kind, then its value.
std::string field(std::uint32_t number, std::string_view bytes) {
  const std::string head = {static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())};
  return head + std::string(bytes);
}
std::string field(std::uint32_t number, std::uint8_t value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}
std::string piece(std::string_view text, std::uint8_t kind, std::uint8_t minus_score) {
  const float score = -static_cast<float>(minus_score);
  std::string bits(4, '\0');
  std::memcpy(bits.data(), &score, 4);
  return field(1, field(1, text) + static_cast<char>(2 << 3 | 5) + bits + field(3, kind));
}

const std::string kPieces = piece("<unk>", 2, 0) + piece("<s>", 3, 0) + piece("a", 1, 5) +
                            piece("b", 1, 6) + piece("ab", 1, 2) + piece("aba", 1, 1);
const std::string kBpe = field(2, field(3, std::uint8_t{2}));

TEST(SentencePiece, ScoresBecomeMerges) {
  const auto tokenizer = read_model(kPieces + kBpe);
  ASSERT_TRUE(tokenizer) << ir::to_string(tokenizer.error());
  EXPECT_EQ(tokenizer->pieces.size(), 6U);
  EXPECT_EQ(tokenizer->unknown_id, 0U);
  EXPECT_EQ(tokenizer->prefix_ids, std::vector<std::uint32_t>{1});
  ASSERT_EQ(tokenizer->merges.size(), 2U);  // ab + a first, for its higher score; then a + b
  EXPECT_EQ(tokenizer->merges[0].left, 4U);
  EXPECT_EQ(tokenizer->merges[0].right, 2U);
  EXPECT_EQ(tokenizer->merges[1].left, 2U);
  EXPECT_EQ(tokenizer->merges[1].right, 3U);
  EXPECT_EQ(tokenizer->normalizers.size(), 2U);
}

TEST(SentencePiece, RefusesByName) {
  const auto expect = [](const std::string& bytes, DiagnosticKind kind, const char* message) {
    const auto tokenizer = read_model(bytes);
    ASSERT_FALSE(tokenizer) << message;
    EXPECT_EQ(tokenizer.error().kind, kind) << ir::to_string(tokenizer.error());
    EXPECT_NE(tokenizer.error().message.find(message), std::string::npos)
        << tokenizer.error().message;
  };
  expect(kPieces + field(2, field(3, std::uint8_t{3})), DiagnosticKind::unsupported_tokenizer,
         "model is word");
  expect("IQ== 0\nIg== 1\n", DiagnosticKind::unsupported_tokenizer,
         "no known encoding has the 2 ranks");
  expect("IQ== 0\nIg== 0\n", DiagnosticKind::malformed_tokenizer, "two tokens have the rank 0");
  expect("IQ== 0\nIg==\n", DiagnosticKind::malformed_tokenizer, "line 2 is not a token");
  expect("", DiagnosticKind::malformed_tokenizer, "not a SentencePiece model");
  expect(kPieces.substr(0, kPieces.size() - 3), DiagnosticKind::malformed_tokenizer,
         "not a SentencePiece model");
}

// Damage must give a diagnostic or another tokenizer, never a crash. (The sanitizers watch.)
TEST(SentencePiece, DamagedFilesDoNoHarm) {
  const tests::TemporaryFolder folder;
  std::mt19937 random(2);
  const std::string whole = kPieces + kBpe;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = whole;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 3 == 0) bytes.resize(random() % bytes.size());
    folder.write("tokenizer.model", bytes);
    (void)read_tokenizer(folder.path());
  }
}

TEST(Tokenizer, TheTwoFilesOfAModelDescribeTheSame) {
  for (const char* name : {"models/stories260K-hf", "tokenizers/llama2"}) {
    const auto folder = tests::require_test_data(name);
    if (!folder) return;
    const auto json = frontends::read_tokenizer_json(*folder / "tokenizer.json");
    const auto model = frontends::read_sentencepiece(*folder / "tokenizer.model");
    ASSERT_TRUE(json && model);
    EXPECT_EQ(json->pieces.size(), model->pieces.size());
    EXPECT_EQ(json->prefix_ids, model->prefix_ids);
    EXPECT_EQ(json->decoders.size(), model->decoders.size());
    for (std::size_t id = 0; id < json->pieces.size(); ++id) {
      EXPECT_EQ(json->pieces[id].text, model->pieces[id].text);
      EXPECT_EQ(json->pieces[id].kind, model->pieces[id].kind);
    }
    ASSERT_EQ(json->merges.size(), model->merges.size());
    std::size_t different = 0;
    for (std::size_t i = 0; i < json->merges.size(); ++i)
      different += json->merges[i].left != model->merges[i].left ||
                   json->merges[i].right != model->merges[i].right;
    EXPECT_EQ(different, 0U) << name;
  }
}

}  // namespace
