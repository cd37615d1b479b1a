// SPDX-License-Identifier: Apache-2.0
#include "tests/runtime/host/real_tokenizers.h"

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "frontends/tokenizer/rank_file.h"
#include "frontends/tokenizer/sentencepiece.h"
#include "frontends/tokenizer/tokenizer_json.h"
#include "tests/support/test_data.h"

namespace tests {
namespace {

using nlohmann::json;
using Description = ir::Result<ir::TokenizerDescription>;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// The lists of a GGUF file that describe its vocabulary.
struct GgufVocabulary {
  std::vector<std::string> tokens, merges;
  std::vector<std::int32_t> types;
};

class GgufReader {
 public:
  explicit GgufReader(std::string bytes) : bytes_(std::move(bytes)) {}

  GgufVocabulary read() {
    at_ = 16;  // magic, version, number of tensors
    for (auto keys = number<std::uint64_t>(); keys > 0; --keys) {
      const std::string key = text();
      value(number<std::uint32_t>(), key);
    }
    return std::move(vocabulary_);
  }

 private:
  template <class T>
  T number() {
    T result;
    std::memcpy(&result, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return result;
  }
  std::string text() {
    const auto length = number<std::uint64_t>();
    at_ += length;
    return bytes_.substr(at_ - length, length);
  }
  void value(std::uint32_t type, const std::string& key) {
    constexpr std::uint32_t kText = 8;
    constexpr std::uint32_t kList = 9;
    constexpr std::size_t kBytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (type == kList) {
      const auto item = number<std::uint32_t>();
      for (auto count = number<std::uint64_t>(); count > 0; --count) value(item, key);
    } else if (type == kText) {
      std::string found = text();
      if (key == "tokenizer.ggml.tokens") vocabulary_.tokens.push_back(std::move(found));
      if (key == "tokenizer.ggml.merges") vocabulary_.merges.push_back(std::move(found));
    } else if (key == "tokenizer.ggml.token_type") {
      vocabulary_.types.push_back(number<std::int32_t>());
    } else {
      at_ += kBytes[type];
    }
  }

  std::string bytes_;
  std::size_t at_ = 0;
  GgufVocabulary vocabulary_;
};

// Such a file has the vocabulary, but not the stages around it, which come as the text of the other
// parts of a tokenizer.json.
Description read_gguf(const std::filesystem::path& path, const char* stages) {
  constexpr std::int32_t kControl = 3;
  constexpr std::int32_t kUserDefined = 4;
  const GgufVocabulary vocabulary = GgufReader(bytes_of(path)).read();
  json file = json::parse(stages);
  json pieces = json::object();
  json added = json::array();
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::int32_t type = vocabulary.types[id];
    const bool is_added = type == kControl || type == kUserDefined;
    if (is_added)
      added.push_back({{"id", id},
                       {"content", vocabulary.tokens[id]},
                       {"special", type == kControl},
                       {"normalized", type == kUserDefined}});
    else
      pieces[vocabulary.tokens[id]] = id;
  }
  file["model"] = {{"type", "BPE"}, {"vocab", std::move(pieces)}, {"merges", vocabulary.merges}};
  file["added_tokens"] = std::move(added);
  file["decoder"] = {{"type", "ByteLevel"}};
  frontends::JsonLimits limits;
  limits.max_bytes = 64U << 20;
  auto parsed = frontends::JsonFile::parse(file.dump(), path.string(), limits);
  if (!parsed) return std::move(parsed).error();
  return frontends::read_tokenizer_json(*parsed);
}

struct Row {
  std::string_view name;
  std::string_view path;
  const char* stages = nullptr;  // of a GGUF file
};

// The stages are those of the models' own tokenizer.json.
constexpr const char* kByteLevel = R"({"pre_tokenizer": {"type": "ByteLevel",
    "add_prefix_space": false}})";
constexpr const char* kNfcByteLevel = R"({"normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}})";
constexpr const char* kDigitsByteLevel =
    R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false}]}})";
constexpr const char* kFalcon = R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Punctuation", "behavior": "Contiguous"},
    {"type": "ByteLevel", "add_prefix_space": false},
    {"type": "Digits", "individual_digits": false},
    {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated"}]}})";
constexpr const char* kDeepSeekCoder = R"({"post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<bos>"}}, {"Sequence": {"id": "A"}}],
      "special_tokens": {"<bos>": {"ids": [32013]}}},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "[\r\n]"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "\\s?\\p{L}+"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "\\s?\\p{P}+"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "[一-龥ࠀ-一가-퟿]+"}, "behavior": "Isolated"},
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}})";
constexpr const char* kDeepSeekLlm = R"({"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "[\r\n]"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "\\s?[A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-\\x{1f7d}ᾀ-ᾴᾶ-ᾼ\\x{1fbe}ῂ-ῄῆ-ῌῐ-\\x{1fd3}ῖ-\\x{1fdb}ῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤ\\x{2126}ℨ\\x{212a}-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃]+"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "\\s?[!-/:-~！-／：-～‘-‟　-。]+"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "\\s+$"}, "behavior": "Isolated"},
    {"type": "Split", "pattern": {"Regex": "[一-龥ࠀ-一가-퟿]+"}, "behavior": "Isolated"},
    {"type": "Digits", "individual_digits": true},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}})";

constexpr Row kRows[] = {
    {"bert", "bert-base-uncased"},
    {"cl100k", "tiktoken/cl100k_base.tiktoken"},
    {"cohere", "cohere"},
    {"deepseek-coder", "llama.cpp-vocabs/ggml-vocab-deepseek-coder.gguf", kDeepSeekCoder},
    {"deepseek-llm", "llama.cpp-vocabs/ggml-vocab-deepseek-llm.gguf", kDeepSeekLlm},
    {"falcon", "llama.cpp-vocabs/ggml-vocab-falcon.gguf", kFalcon},
    {"gpt2", "gpt2"},
    {"gpt-neox", "gpt-neox/20B_tokenizer.json"},
    {"llama2", "llama2"},
    {"llama2-model", "llama2/tokenizer.model"},
    {"llama3", "llama3"},
    {"llama3.0", "llama3/tokenizer-3.0.json"},
    {"llama3-ranks", "llama3/tokenizer.model"},
    {"minilm", "all-MiniLM-L6-v2-hf"},
    {"mistral-v1", "mistral/tokenizer.model.v1"},
    {"mistral-v2", "mistral/mistral_instruct_tokenizer_240216.model.v2"},
    {"mistral-v3", "mistral/mistral_instruct_tokenizer_240323.model.v3"},
    {"mistral-v7", "mistral/mistral_instruct_tokenizer_241114.model.v7"},
    {"mpt", "llama.cpp-vocabs/ggml-vocab-mpt.gguf", kNfcByteLevel},
    {"o200k", "tiktoken/o200k_base.tiktoken"},
    {"p50k", "tiktoken/p50k_base.tiktoken"},
    {"phi-2", "phi-2"},
    {"phi-3", "phi-3"},
    {"phi-3-medium", "phi-3-medium"},
    {"qwen2", "qwen2"},
    {"qwen2.5", "qwen2.5"},
    {"qwen3", "qwen3"},
    {"r50k", "tiktoken/r50k_base.tiktoken"},
    {"refact", "llama.cpp-vocabs/ggml-vocab-refact.gguf", kDigitsByteLevel},
    {"roberta", "roberta-base"},
    {"sentencepiece-bpe-en", "sentencepiece/en.wiki.bpe.vs10000.model"},
    {"sentencepiece-bpe-ja", "sentencepiece/ja.wiki.bpe.vs5000.model"},
    {"sentencepiece-unigram", "sentencepiece/test_model.model"},
    {"sentencepiece-unigram-ja", "sentencepiece/test_ja_model.model"},
    {"starcoder", "llama.cpp-vocabs/ggml-vocab-starcoder.gguf", kDigitsByteLevel},
    {"starcoder-gpt2", "llama.cpp-vocabs/ggml-vocab-gpt-2.gguf", kByteLevel},
    {"t5", "t5-small"},
};

Description describe(const Row& row, const std::filesystem::path& path) {
  if (row.stages != nullptr) return read_gguf(path, row.stages);
  if (std::filesystem::is_directory(path)) return frontends::read_tokenizer(path);
  if (path.extension() == ".json") return frontends::read_tokenizer_json(path);
  return frontends::read_sentencepiece(path);
}

}  // namespace

std::unique_ptr<CompiledTokenizer> real_tokenizer(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name != name) continue;
    const auto path = require_test_data("tokenizers/" + std::string(row.path));
    return path ? compile_tokenizer(describe(row, *path)) : nullptr;
  }
  ADD_FAILURE() << "no tokenizer is named " << name;
  return nullptr;
}

std::vector<std::string_view> real_tokenizer_names() {
  std::vector<std::string_view> names;
  for (const Row& row : kRows) names.push_back(row.name);
  return names;
}

}  // namespace tests
