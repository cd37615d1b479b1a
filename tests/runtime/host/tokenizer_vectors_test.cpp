// SPDX-License-Identifier: Apache-2.0
// Real tokenizers against recorded ids and texts: the vectors of llama.cpp (made by Hugging Face's
// AutoTokenizer) and of transformers.js.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "frontends/tokenizer/sentencepiece.h"
#include "runtime/host/detokenizer.h"
#include "tests/support/test_data.h"
#include "tests/support/tokenizer.h"

namespace {

using Ids = std::vector<std::uint32_t>;
using runtime::host::Tokenizer;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> split(const std::string& text, const std::string& separator) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + separator.size();
  }
  parts.push_back(text.substr(from));
  return parts;
}

// Feeding the ids one by one gives the same text as decoding them at once, and never anything but
// whole characters.
void expect_streams_like_decode(const Tokenizer& tokenizer, const Ids& ids) {
  runtime::host::Detokenizer detokenizer(tokenizer);
  std::string streamed;
  for (const std::uint32_t id : ids) {
    std::string piece;
    detokenizer.push(id, piece);
    EXPECT_EQ(piece.find("\xEF\xBF\xBD"), std::string::npos);
    if (!piece.empty()) {
      EXPECT_NE(static_cast<unsigned char>(piece[0]) & 0xc0U, 0x80U);
    }
    streamed += piece;
  }
  detokenizer.flush(streamed);
  EXPECT_EQ(streamed, tokenizer.decode(ids));
}

struct LlamaCppCase {
  const char* vectors;
  const char* tokenizer;
};

class LlamaCppVectors : public testing::TestWithParam<LlamaCppCase> {};

TEST_P(LlamaCppVectors, Equal) {
  const std::string base =
      std::string("tokenizers/llama.cpp-vocabs/ggml-vocab-") + GetParam().vectors + ".gguf";
  const auto inputs = tests::require_test_data(base + ".inp");
  const auto folder = tests::require_test_data(GetParam().tokenizer);
  if (!inputs || !folder) return;
  const auto outputs = tests::require_test_data(base + ".out");
  const auto tokenizer = tests::compile_tokenizer(*folder);
  if (!tokenizer) return;

  const auto texts = split(read_text(*inputs), "\n__ggml_vocab_test__\n");
  const auto lines = split(read_text(*outputs), "\n");
  ASSERT_GE(lines.size(), texts.size() - 1);
  std::size_t compared = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // The last text is what follows the last separator: nothing.
    if (i + 1 == texts.size() && texts[i].empty()) break;
    Ids expected;
    std::istringstream line(lines[i]);
    for (std::uint32_t id = 0; line >> id;) expected.push_back(id);
    const Ids ids = tokenizer->host().encode(texts[i], {.add_special = false});
    EXPECT_EQ(ids, expected) << '"' << texts[i] << '"';
    expect_streams_like_decode(tokenizer->host(), ids);
    ++compared;
  }
  EXPECT_GE(compared, 40U);
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, LlamaCppVectors,
                         testing::Values(LlamaCppCase{"llama-spm", "tokenizers/llama2"},
                                         LlamaCppCase{"phi-3", "tokenizers/phi-3"},
                                         LlamaCppCase{"gpt-2", "tokenizers/gpt2"},
                                         LlamaCppCase{"llama-bpe", "tokenizers/llama3"}),
                         [](const auto& info) {
                           std::string name = info.param.vectors;
                           for (char& c : name)
                             if (c == '-') c = '_';
                           return name;
                         });

struct HubCase {
  const char* family;
  const char* model;
  const char* tokenizer;
};

class HubVectors : public testing::TestWithParam<HubCase> {};

TEST_P(HubVectors, Equal) {
  const auto vectors = tests::require_test_data("tokenizers/vectors/transformersjs-vectors.json");
  const auto folder = tests::require_test_data(GetParam().tokenizer);
  if (!vectors || !folder) return;
  const auto tokenizer = tests::compile_tokenizer(*folder);
  if (!tokenizer) return;
  const auto all = nlohmann::json::parse(std::ifstream(*vectors));
  const auto& cases = all.at(GetParam().family).at("models").at(GetParam().model);
  for (const auto& [name, entry] : cases.items()) {
    if (!entry.at("text").is_string()) continue;
    const auto text = entry.at("text").get<std::string>();
    const auto expected = entry.at("ids").get<Ids>();
    EXPECT_EQ(tokenizer->host().encode(text, {.parse_special = true}), expected) << name;
    runtime::host::Detokenizer detokenizer(tokenizer->host(), {.skip_control = false});
    std::string decoded;
    for (const std::uint32_t id : expected) detokenizer.push(id, decoded);
    detokenizer.flush(decoded);
    EXPECT_EQ(decoded, entry.at("decoded").get<std::string>()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, HubVectors,
                         testing::Values(HubCase{"llama", "Xenova/llama-tokenizer",
                                                 "tokenizers/llama2"}),
                         [](const auto& info) {
                           std::string name = info.param.tokenizer;
                           name = name.substr(name.rfind('/') + 1);
                           for (char& c : name)
                             if (c == '-' || c == '.') c = '_';
                           return name;
                         });

TEST(Tokenizer, DecodesTheGoldenTextOfStories260K) {
  const auto folder = tests::require_test_data("models/stories260K-hf");
  if (!folder) return;
  const auto tokenizer = tests::compile_tokenizer(*folder);
  if (!tokenizer) return;
  const auto golden = nlohmann::json::parse(std::ifstream(*folder / "golden-greedy.json"));
  const auto ids = golden.at("greedy_ids").get<Ids>();
  const auto text = golden.at("text").get<std::string>();
  EXPECT_EQ(tokenizer->host().decode(ids), text);
  EXPECT_EQ(tokenizer->host().encode(""), Ids{1});
  Ids again = tokenizer->host().encode(text);
  EXPECT_EQ(again.size(), ids.size() + 1);

  // Every prefix of the stream gives a prefix of the text.
  runtime::host::Detokenizer detokenizer(tokenizer->host());
  std::string streamed;
  for (const std::uint32_t id : ids) {
    detokenizer.push(id, streamed);
    EXPECT_EQ(streamed, text.substr(0, streamed.size()));
  }
  EXPECT_EQ(streamed, text);
}

// tokenizer.model and tokenizer.json of the same model give the same ids.
TEST(Tokenizer, SentencePieceModelAgreesWithTokenizerJson) {
  for (const char* name : {"models/stories260K-hf", "tokenizers/llama2"}) {
    const auto folder = tests::require_test_data(name);
    const auto inputs =
        tests::require_test_data("tokenizers/llama.cpp-vocabs/ggml-vocab-llama-spm.gguf.inp");
    const auto book = tests::require_test_data("tokenizers/sentencepiece/botchan.txt");
    if (!folder || !inputs || !book) return;
    const auto from_json = tests::compile_tokenizer(*folder);
    const auto from_model =
        tests::compile_tokenizer(frontends::read_sentencepiece(*folder / "tokenizer.model"));
    if (!from_json || !from_model) return;
    for (const std::string& text : {read_text(*inputs), read_text(*book)})
      EXPECT_EQ(from_json->host().encode(text), from_model->host().encode(text)) << name;
  }
}

}  // namespace
