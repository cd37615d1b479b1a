// SPDX-License-Identifier: Apache-2.0
// Real tokenizers against recorded ids and texts: the vectors of llama.cpp (made by Hugging Face's
// AutoTokenizer), of transformers.js and of OpenAI's tiktoken. Each suite prints a table of what
// passed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/host/detokenizer.h"
#include "tests/runtime/host/real_tokenizers.h"
#include "tests/support/test_data.h"

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
    if (!piece.empty()) {
      EXPECT_NE(static_cast<unsigned char>(piece[0]) & 0xc0U, 0x80U);
    }
    streamed += piece;
  }
  detokenizer.flush(streamed);
  EXPECT_EQ(streamed, tokenizer.decode(ids));
}

// One line of the printed table.
struct Score {
  std::size_t vectors = 0;
  std::size_t ids = 0;      // equal
  std::size_t decoded = 0;  // equal

  void print(std::string_view family, std::string_view vocabulary) const {
    std::printf("%-24.*s %-20.*s %5zu vectors %5zu ids %5zu decoded\n",
                static_cast<int>(family.size()), family.data(), static_cast<int>(vocabulary.size()),
                vocabulary.data(), vectors, ids, decoded);
  }
  void expect_all() const {
    EXPECT_GT(vectors, 0U);
    EXPECT_EQ(ids, vectors);
    EXPECT_EQ(decoded, vectors);
  }
};

struct LlamaCppCase {
  const char* vectors;
  const char* tokenizer;
  bool lossless = true;
};

class LlamaCppVectors : public testing::TestWithParam<LlamaCppCase> {};

TEST_P(LlamaCppVectors, Equal) {
  const std::string base =
      std::string("tokenizers/llama.cpp-vocabs/ggml-vocab-") + GetParam().vectors + ".gguf";
  const auto inputs = tests::require_test_data(base + ".inp");
  const auto outputs = tests::require_test_data(base + ".out");
  if (!inputs || !outputs) return;
  const auto tokenizer = tests::real_tokenizer(GetParam().tokenizer);
  if (!tokenizer) return;

  const auto texts = split(read_text(*inputs), "\n__ggml_vocab_test__\n");
  const auto lines = split(read_text(*outputs), "\n");
  ASSERT_GE(lines.size(), texts.size() - 1);
  Score score;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // The last text is what follows the last separator: nothing.
    if (i + 1 == texts.size() && texts[i].empty()) break;
    Ids expected;
    std::istringstream line(lines[i]);
    for (std::uint32_t id = 0; line >> id;) expected.push_back(id);
    const Ids ids = tokenizer->host().encode(texts[i], {.add_special = false});
    EXPECT_EQ(ids, expected) << '"' << texts[i] << '"';
    ++score.vectors;
    score.ids += ids == expected;
    score.decoded += !GetParam().lossless || tokenizer->host().decode(ids) == texts[i];
    expect_streams_like_decode(tokenizer->host(), ids);
  }
  EXPECT_GE(score.vectors, 40U);
  score.print(GetParam().vectors, GetParam().tokenizer);
  score.expect_all();
}

std::string test_name(std::string name) {
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Tokenizers, LlamaCppVectors,
    testing::Values(LlamaCppCase{"llama-spm", "llama2"}, LlamaCppCase{"phi-3", "phi-3"},
                    LlamaCppCase{"gpt-2", "gpt2"}, LlamaCppCase{"llama-bpe", "llama3"},
                    LlamaCppCase{"qwen2", "qwen2"}, LlamaCppCase{"mpt", "mpt"},
                    LlamaCppCase{"starcoder", "starcoder"}, LlamaCppCase{"refact", "refact"},
                    LlamaCppCase{"falcon", "falcon"},
                    LlamaCppCase{"deepseek-coder", "deepseek-coder"},
                    LlamaCppCase{"deepseek-llm", "deepseek-llm"},
                    LlamaCppCase{"bert-bge", "bert", false}),
    [](const auto& info) { return test_name(info.param.vectors); });

// Models of the Hub, by the family that transformers.js tests them in.
struct HubCase {
  const char* family;
  const char* model;
  const char* tokenizer;
  bool adds_special = true;  // false: the vectors are older than the file's template
};

// What transformers.js does to the decoded text of models that ask for it, and we do not, because
// it changes what a model wrote.
std::string cleaned_up(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
      {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kReplacements)
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
      text.replace(at, from.size(), to);
  return text;
}

class HubVectors : public testing::TestWithParam<HubCase> {};

TEST_P(HubVectors, Equal) {
  const auto vectors = tests::require_test_data("tokenizers/vectors/transformersjs-vectors.json");
  if (!vectors) return;
  const auto tokenizer = tests::real_tokenizer(GetParam().tokenizer);
  if (!tokenizer) return;
  const auto all = nlohmann::json::parse(std::ifstream(*vectors));
  Score score;
  for (const auto& [name, entry] :
       all.at(GetParam().family).at("models").at(GetParam().model).items()) {
    if (!entry.at("text").is_string() || entry.contains("text_pair")) continue;
    const auto expected = entry.at("ids").get<Ids>();
    const Ids ids =
        tokenizer->host().encode(entry.at("text").get<std::string>(),
                                 {.add_special = GetParam().adds_special, .parse_special = true});
    EXPECT_EQ(ids, expected) << name;
    runtime::host::Detokenizer detokenizer(tokenizer->host(), {.skip_control = false});
    std::string decoded;
    for (const std::uint32_t id : expected) detokenizer.push(id, decoded);
    detokenizer.flush(decoded);
    const auto wanted = entry.at("decoded").get<std::string>();
    if (decoded != wanted) {
      EXPECT_EQ(cleaned_up(decoded), wanted) << name;
    }
    ++score.vectors;
    score.ids += ids == expected;
    score.decoded += decoded == wanted || cleaned_up(decoded) == wanted;
    expect_streams_like_decode(tokenizer->host(), ids);
  }
  score.print(GetParam().model, GetParam().tokenizer);
  score.expect_all();
}

INSTANTIATE_TEST_SUITE_P(
    Tokenizers, HubVectors,
    testing::Values(
        HubCase{"llama", "Xenova/llama-tokenizer", "llama2"},
        HubCase{"llama", "Xenova/llama3-tokenizer", "llama3.0", false},
        HubCase{"llama", "Xenova/llama3-tokenizer-new", "llama3"},
        HubCase{"llama", "Xenova/deepseek-coder-1.3b-instruct", "deepseek-coder"},
        HubCase{"gpt2", "Xenova/gpt2", "gpt2"}, HubCase{"gpt2", "openai-community/gpt2", "gpt2"},
        HubCase{"gpt2", "Xenova/gpt-4", "cl100k"}, HubCase{"gpt2", "Xenova/gpt-4o", "o200k"},
        HubCase{"bert", "Xenova/bert-base-uncased", "bert"},
        HubCase{"distilbert", "Xenova/distilbert-base-uncased-finetuned-sst-2-english", "bert"},
        HubCase{"roberta", "Xenova/all-distilroberta-v1", "roberta"}),
    [](const auto& info) { return test_name(info.param.model); });

// The vectors of other models want vocabularies that the test data lacks; the table says which.
TEST(TokenizerVectors, TheRestHasNoVocabularyHere) {
  const auto vectors = tests::require_test_data("tokenizers/vectors/transformersjs-vectors.json");
  if (!vectors) return;
  constexpr std::string_view kHere[] = {"Xenova/llama-tokenizer",
                                        "Xenova/llama3-tokenizer",
                                        "Xenova/llama3-tokenizer-new",
                                        "Xenova/deepseek-coder-1.3b-instruct",
                                        "Xenova/gpt2",
                                        "openai-community/gpt2",
                                        "Xenova/gpt-4",
                                        "Xenova/gpt-4o",
                                        "Xenova/bert-base-uncased",
                                        "Xenova/distilbert-base-uncased-finetuned-sst-2-english",
                                        "Xenova/all-distilroberta-v1"};
  const auto all = nlohmann::json::parse(std::ifstream(*vectors));
  for (const auto& [family, entry] : all.items())
    for (const auto& [model, cases] : entry.at("models").items())
      if (std::find(std::begin(kHere), std::end(kHere), model) == std::end(kHere))
        std::printf("%-24s %-48s %3zu vectors, no vocabulary\n", family.c_str(), model.c_str(),
                    cases.size());
}

// Rows of a table in which a quoted field may hold commas, quotes and ends of lines.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows = {{""}};
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      if (quoted && text[i + 1] == '"')
        rows.back().back() += text[++i];
      else
        quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back({""});
    } else if (c != '\r' || quoted) {
      rows.back().back() += c;
    }
  }
  return rows;
}

struct RankCase {
  const char* encoding;
  const char* tokenizer;
};

class TiktokenVectors : public testing::TestWithParam<RankCase> {
 protected:
  void compare(const Tokenizer& tokenizer, const std::string& text, const std::string& list) {
    const Ids expected = nlohmann::json::parse(list).get<Ids>();
    const Ids ids = tokenizer.encode(text);
    EXPECT_EQ(ids, expected) << '"' << text << '"';
    ++score_.vectors;
    score_.ids += ids == expected;
    score_.decoded += tokenizer.decode(ids) == text;
    expect_streams_like_decode(tokenizer, ids);
  }

  Score score_;
};

TEST_P(TiktokenVectors, Equal) {
  const std::string encoding = GetParam().encoding;
  const auto folder = tests::require_test_data("tokenizers/tiktoken/vectors");
  if (!folder) return;
  const auto tokenizer = tests::real_tokenizer(GetParam().tokenizer);
  if (!tokenizer) return;
  const auto rows = read_csv(read_text(*folder / (encoding + "_encodings.csv")));
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i].size() == 3) compare(tokenizer->host(), rows[i][0], rows[i][1]);
  const std::size_t from_table = score_.vectors;
  EXPECT_GT(from_table, 50U);
  // "EncodingName: ...\nSample: ...\nEncoded: [...]\n\n"
  for (const std::string& plan :
       split(read_text(*folder / "gpt-tokenizer-TestPlans.txt"), "EncodingName: ")) {
    const std::size_t sample = plan.find("\nSample: ");
    const std::size_t encoded = plan.find("\nEncoded: ");
    if (encoded == std::string::npos || plan.substr(0, sample) != encoding) continue;
    const std::size_t start = sample + std::string_view("\nSample: ").size();
    compare(tokenizer->host(), plan.substr(start, encoded - start),
            plan.substr(encoded + std::string_view("\nEncoded: ").size()));
  }
  score_.print(encoding, GetParam().tokenizer);
  score_.expect_all();
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, TiktokenVectors,
                         testing::Values(RankCase{"r50k_base", "r50k"},
                                         RankCase{"p50k_base", "p50k"},
                                         RankCase{"cl100k_base", "cl100k"},
                                         RankCase{"o200k_base", "o200k"}),
                         [](const auto& info) { return test_name(info.param.encoding); });

// Tokenizers without vectors give a book back, line by line.
class RoundTrip : public testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, Lossless) {
  const auto book = tests::require_test_data("tokenizers/sentencepiece/botchan.txt");
  if (!book) return;
  const auto tokenizer = tests::real_tokenizer(GetParam());
  if (!tokenizer) return;
  // SentencePiece's own models drop some white space, and do not know every character.
  const bool lossy = std::string_view(GetParam()).starts_with("sentencepiece");
  const std::uint32_t unknown = tokenizer->host().settings().unknown_token;
  std::size_t lines = 0;
  for (const std::string& line : split(read_text(*book), "\r\n")) {
    const Ids ids = tokenizer->host().encode(line);
    const bool lost = std::find(ids.begin(), ids.end(), unknown) != ids.end() ||
                      line.starts_with(' ') || line.ends_with(' ') || line.starts_with("\xEF") ||
                      line.find("  ") != std::string::npos;
    if (lossy && lost) continue;
    ++lines;
    EXPECT_EQ(tokenizer->host().decode(ids), line);
  }
  EXPECT_GT(lines, 500U);
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, RoundTrip,
                         testing::Values("cohere", "mistral-v1", "mistral-v2", "mistral-v3",
                                         "mistral-v7", "phi-2", "phi-3-medium", "qwen3",
                                         "sentencepiece-unigram", "sentencepiece-bpe-en"),
                         [](const auto& info) { return test_name(info.param); });

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

// Files of other kinds that describe the same tokenizer give the same ids: tokenizer.model of
// Llama 2 (SentencePiece) and of Llama 3 (ranks).
TEST(Tokenizer, OtherFilesOfAModelAgreeWithItsTokenizerJson) {
  const auto inputs =
      tests::require_test_data("tokenizers/llama.cpp-vocabs/ggml-vocab-llama-spm.gguf.inp");
  const auto book = tests::require_test_data("tokenizers/sentencepiece/botchan.txt");
  if (!inputs || !book) return;
  for (const auto& [one, other] :
       {std::pair("llama2", "llama2-model"), std::pair("llama3", "llama3-ranks")}) {
    const auto from_json = tests::real_tokenizer(one);
    const auto from_model = tests::real_tokenizer(other);
    if (!from_json || !from_model) return;
    for (const std::string& text : {read_text(*inputs), read_text(*book)})
      EXPECT_EQ(from_json->host().encode(text), from_model->host().encode(text)) << one;
  }
}

}  // namespace
