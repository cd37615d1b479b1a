// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/rank_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <unordered_map>

#include "frontends/tokenizer/base64.h"
#include "frontends/tokenizer/tokenizer_config.h"
#include "ir/support/byte_spelling.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using ir::PieceKind;
using ir::Result;
using ir::TokenizerDescription;

constexpr std::uint32_t kMostRanks = 1U << 22;

// The encodings that models use, by their patterns.
constexpr std::string_view kGpt2 =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
constexpr std::string_view kCl100k =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kO200k =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kKimi =
    R"([\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+[\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

struct SpecialToken {
  std::uint32_t id = 0;
  std::string_view text;
};
constexpr SpecialToken kGpt2Specials[] = {{50256, "<|endoftext|>"}};
constexpr SpecialToken kCl100kSpecials[] = {{100257, "<|endoftext|>"},
                                            {100258, "<|fim_prefix|>"},
                                            {100259, "<|fim_middle|>"},
                                            {100260, "<|fim_suffix|>"},
                                            {100276, "<|endofprompt|>"}};
constexpr SpecialToken kO200kSpecials[] = {{199999, "<|endoftext|>"}, {200018, "<|endofprompt|>"}};
constexpr SpecialToken kLlama3Specials[] = {
    {128000, "<|begin_of_text|>"}, {128001, "<|end_of_text|>"}, {128006, "<|start_header_id|>"},
    {128007, "<|end_header_id|>"}, {128008, "<|eom_id|>"},      {128009, "<|eot_id|>"},
    {128010, "<|python_tag|>"}};
constexpr SpecialToken kQwenSpecials[] = {
    {151643, "<|endoftext|>"}, {151644, "<|im_start|>"}, {151645, "<|im_end|>"}};
constexpr SpecialToken kKimiSpecials[] = {{163584, "[BOS]"},
                                          {163585, "[EOS]"},
                                          {163586, "<|im_end|>"},
                                          {163587, "<|im_user|>"},
                                          {163588, "<|im_assistant|>"},
                                          {163594, "<|im_system|>"},
                                          {163601, "<|im_middle|>"}};

struct Encoding {
  std::size_t ranks = 0;
  std::string_view name;
  std::string_view pattern;
  std::span<const SpecialToken> specials;
  std::string_view begin;  // the special token that goes before a text
};
constexpr Encoding kEncodings[] = {
    {50256, "r50k_base", kGpt2, kGpt2Specials, ""},
    {50280, "p50k_base", kGpt2, kGpt2Specials, ""},
    {100256, "cl100k_base", kCl100k, kCl100kSpecials, ""},
    {199998, "o200k_base", kO200k, kO200kSpecials, ""},
    {128000, "Llama 3", kCl100k, kLlama3Specials, "<|begin_of_text|>"},
    {151643, "Qwen", kQwen, kQwenSpecials, ""},
    {163584, "Kimi K2", kKimi, kKimiSpecials, ""},
};

Diagnostic malformed(const std::filesystem::path& path, std::string message) {
  return {.kind = DiagnosticKind::malformed_tokenizer,
          .message = std::move(message),
          .where = {path.string()},
          .help = "download the file again"};
}

// "IQ== 0"
struct Line {
  std::string bytes;
  std::uint32_t rank = 0;
};
std::optional<Line> read_line(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  std::optional<std::string> bytes = from_base64(text.substr(0, space));
  Line line;
  const char* end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data() + space + 1, end, line.rank);
  if (!bytes || bytes->empty() || fault != std::errc() || stop != end || line.rank >= kMostRanks)
    return std::nullopt;
  line.bytes = *std::move(bytes);
  return line;
}

// Tokens by rank; absent ranks are empty.
Result<std::vector<std::string>> read_ranks(std::string_view text,
                                            const std::filesystem::path& path) {
  std::vector<std::string> tokens;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view row = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(row.size() + 1, text.size()));
    if (row.ends_with('\r')) row.remove_suffix(1);
    if (row.empty()) continue;
    std::optional<Line> line = read_line(row);
    if (!line)
      return malformed(path, fmt::format("line {} is not a token in base64 and a rank", number));
    if (line->rank >= tokens.size()) tokens.resize(line->rank + 1);
    if (!tokens[line->rank].empty())
      return malformed(path, fmt::format("two tokens have the rank {}", line->rank));
    tokens[line->rank] = std::move(line->bytes);
  }
  return tokens;
}

// Every way to cut a token in two tokens; those of the lowest rank first, then by the left part.
std::vector<ir::Merge> merges_of(const std::vector<std::string>& tokens) {
  std::unordered_map<std::string_view, std::uint32_t> ranks;
  for (std::uint32_t rank = 0; rank < tokens.size(); ++rank)
    if (!tokens[rank].empty()) ranks.emplace(tokens[rank], rank);
  std::vector<ir::Merge> merges;
  for (const std::string_view token : tokens) {
    const auto first = static_cast<std::ptrdiff_t>(merges.size());
    for (std::size_t cut = 1; cut < token.size(); ++cut) {
      const auto left = ranks.find(token.substr(0, cut));
      const auto right = left == ranks.end() ? left : ranks.find(token.substr(cut));
      if (right != ranks.end()) merges.push_back({left->second, right->second});
    }
    std::sort(merges.begin() + first, merges.end(),
              [](const ir::Merge& a, const ir::Merge& b) { return a.left < b.left; });
  }
  return merges;
}

Result<void> add_special(TokenizerDescription& tokenizer, const std::filesystem::path& path,
                         std::uint32_t id, std::string text, bool special) {
  if (id >= kMostRanks) return malformed(path, fmt::format("the token {} has the id {}", text, id));
  if (id >= tokenizer.pieces.size())
    tokenizer.pieces.resize(id + 1, ir::Piece{.kind = PieceKind::absent});
  if (tokenizer.pieces[id].kind != PieceKind::absent)
    return malformed(path, fmt::format("the token {} has the id {} of another", text, id));
  tokenizer.pieces[id] = {text, special ? PieceKind::control : PieceKind::user_defined};
  tokenizer.added_tokens.push_back({.id = id, .text = std::move(text), .special = special});
  return {};
}

const Encoding* encoding_of(std::size_t ranks) {
  const auto* found =
      std::find_if(std::begin(kEncodings), std::end(kEncodings),
                   [ranks](const Encoding& encoding) { return encoding.ranks == ranks; });
  return found == std::end(kEncodings) ? nullptr : found;
}

}  // namespace

bool looks_like_rank_file(std::string_view bytes) {
  return read_line(bytes.substr(0, bytes.find_first_of("\r\n"))).has_value();
}

Result<TokenizerDescription> read_rank_file(std::string_view bytes,
                                            const std::filesystem::path& path) {
  TRY(const std::vector<std::string> tokens, read_ranks(bytes, path));
  const auto ranks = static_cast<std::size_t>(std::count_if(
      tokens.begin(), tokens.end(), [](const std::string& token) { return !token.empty(); }));
  const Encoding* encoding = encoding_of(ranks);
  if (encoding == nullptr)
    return Diagnostic{
        .kind = DiagnosticKind::unsupported_tokenizer,
        .message = fmt::format(
            "no known encoding has the {} ranks of this file, which does not say how text is cut",
            ranks),
        .where = {path.string()},
        .help = "put the model's tokenizer.json beside it"};
  TokenizerDescription tokenizer{
      .path = path.string(), .merges = merges_of(tokens), .whole_pieces_first = true};
  for (const std::string& token : tokens)
    tokenizer.pieces.push_back(
        {ir::spelled_bytes(token), token.empty() ? PieceKind::absent : PieceKind::normal});
  TRY(const TokenizerConfig config, read_tokenizer_config(path.parent_path()));
  for (const ir::AddedToken& token : config.added_tokens)
    TRY_DO(add_special(tokenizer, path, token.id, token.text, token.special));
  if (config.added_tokens.empty())
    for (const SpecialToken& token : encoding->specials)
      TRY_DO(add_special(tokenizer, path, token.id, std::string(token.text), true));
  for (const ir::AddedToken& token : tokenizer.added_tokens)
    if (token.text == encoding->begin) tokenizer.prefix_ids = {token.id};
  tokenizer.pre_tokenizers.emplace_back(
      ir::SplitPattern{.pattern = std::string(encoding->pattern)});
  tokenizer.pre_tokenizers.emplace_back(ir::ByteLevel{.use_regex = false});
  tokenizer.decoders.emplace_back(ir::ByteLevel{});
  return tokenizer;
}

}  // namespace frontends
