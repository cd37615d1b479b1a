// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/sentencepiece.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "frontends/file.h"
#include "frontends/tokenizer/protobuf.h"
#include "frontends/tokenizer/rank_file.h"
#include "frontends/tokenizer/tokenizer_config.h"

namespace frontends {
namespace {

using ir::Diagnostic;
using ir::DiagnosticKind;
using ir::PieceKind;
using ir::Result;
using ir::TokenizerDescription;

constexpr std::uint64_t kMaxBytes = 64U << 20;
constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

constexpr std::uint64_t kUnigram = 1;
constexpr std::uint64_t kBytePairs = 2;

struct Model {
  std::vector<ir::Piece> pieces;
  std::vector<float> scores;  // of each piece
  std::uint64_t model_type = kUnigram;
  bool byte_fallback = false;
  bool space_as_suffix = false;
  std::int32_t bos_id = 1;
  std::int32_t eos_id = 2;
  std::string_view character_map;
  bool add_dummy_prefix = true;
  bool remove_extra_spaces = true;
  bool escape_spaces = true;
};

// Field numbers of sentencepiece_model.proto.
bool read_piece(std::string_view message, Model& model) {
  ir::Piece piece;
  float score = 0;
  std::uint64_t type = 1;
  ProtobufReader fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 1 && field->is_bytes) piece.text = field->bytes;
    if (field->number == 2) score = field->as_float();
    if (field->number == 3) type = field->value;
  }
  constexpr PieceKind kKinds[] = {PieceKind::normal,       PieceKind::unknown, PieceKind::control,
                                  PieceKind::user_defined, PieceKind::absent,  PieceKind::byte};
  if (type < 1 || type > std::size(kKinds) || !std::isfinite(score)) return false;
  piece.kind = kKinds[type - 1];
  model.pieces.push_back(std::move(piece));
  model.scores.push_back(score);
  return fields.ok();
}

bool read_trainer(std::string_view message, Model& model) {
  ProtobufReader fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 3) model.model_type = field->value;
    if (field->number == 24) model.space_as_suffix = field->value != 0;
    if (field->number == 35) model.byte_fallback = field->value != 0;
    if (field->number == 41) model.bos_id = static_cast<std::int32_t>(field->value);
    if (field->number == 42) model.eos_id = static_cast<std::int32_t>(field->value);
  }
  return fields.ok();
}

bool read_normalizer(std::string_view message, Model& model) {
  ProtobufReader fields(message);
  while (const auto field = fields.next()) {
    if (field->number == 2) model.character_map = field->bytes;
    if (field->number == 3) model.add_dummy_prefix = field->value != 0;
    if (field->number == 4) model.remove_extra_spaces = field->value != 0;
    if (field->number == 5) model.escape_spaces = field->value != 0;
  }
  return fields.ok();
}

bool read_model(std::string_view message, Model& model) {
  ProtobufReader fields(message);
  while (const auto field = fields.next()) {
    if (!field->is_bytes) continue;
    const bool ok = field->number == 1   ? read_piece(field->bytes, model)
                    : field->number == 2 ? read_trainer(field->bytes, model)
                    : field->number == 3 ? read_normalizer(field->bytes, model)
                                         : true;
    if (!ok) return false;
  }
  return fields.ok() && !model.pieces.empty();
}

Result<void> check_supported(const Model& model, const std::filesystem::path& path) {
  const auto refuse = [&](std::string what) {
    return Diagnostic{
        .kind = DiagnosticKind::unsupported_tokenizer,
        .message = fmt::format("the tokenizer's {}, which is not supported", std::move(what)),
        .where = {path.string()},
        .help = "compile the model without its tokenizer files to use token ids only"};
  };
  constexpr std::string_view kTypes[] = {"unigram", "BPE", "word", "character"};
  if (model.model_type != kUnigram && model.model_type != kBytePairs)
    return refuse(fmt::format("model is {}", model.model_type >= 1 && model.model_type <= 4
                                                 ? kTypes[model.model_type - 1]
                                                 : "of an unknown type"));
  if (!model.escape_spaces) return refuse("normalizer keeps spaces unescaped");
  if (model.space_as_suffix) return refuse("space mark is a suffix");
  return {};
}

struct ScoredMerge {
  float score;
  ir::Merge merge;
};

// Every way to cut a piece in two pieces is a merge; the higher the score, the earlier. Merges of
// one piece keep the order of their parts' ids.
std::vector<ir::Merge> merges_of(const Model& model) {
  std::unordered_map<std::string_view, std::uint32_t> ids;
  for (std::uint32_t id = 0; id < model.pieces.size(); ++id)
    if (model.pieces[id].kind == PieceKind::normal) ids.emplace(model.pieces[id].text, id);
  std::vector<ScoredMerge> scored;
  for (std::uint32_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].kind != PieceKind::normal) continue;
    const std::string_view text = model.pieces[id].text;
    const auto first = static_cast<std::ptrdiff_t>(scored.size());
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
      const auto left = ids.find(text.substr(0, cut));
      const auto right = left == ids.end() ? left : ids.find(text.substr(cut));
      if (right != ids.end()) scored.push_back({model.scores[id], {left->second, right->second}});
    }
    std::sort(scored.begin() + first, scored.end(), [](const auto& a, const auto& b) {
      return std::pair(a.merge.left, a.merge.right) < std::pair(b.merge.left, b.merge.right);
    });
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<ir::Merge> merges;
  merges.reserve(scored.size());
  for (const ScoredMerge& entry : scored) merges.push_back(entry.merge);
  return merges;
}

void add_control_tokens(TokenizerDescription& tokenizer) {
  for (std::uint32_t id = 0; id < tokenizer.pieces.size(); ++id) {
    const ir::Piece& piece = tokenizer.pieces[id];
    const bool found_in_text = piece.kind == PieceKind::unknown ||
                               piece.kind == PieceKind::control ||
                               piece.kind == PieceKind::user_defined;
    if (piece.kind == PieceKind::unknown && !tokenizer.unknown_id) tokenizer.unknown_id = id;
    if (found_in_text && !piece.text.empty())
      tokenizer.added_tokens.push_back(
          {.id = id, .text = piece.text, .special = piece.kind != PieceKind::user_defined});
  }
}

// The template that Hugging Face's LlamaTokenizer adds around a text.
Result<void> add_template(const Model& model, const std::filesystem::path& folder,
                          TokenizerDescription& tokenizer) {
  TRY(const TokenizerConfig config, read_tokenizer_config(folder));
  const bool add_bos = config.add_bos_token.value_or(true);
  const bool add_eos = config.add_eos_token.value_or(false);
  const auto count = static_cast<std::int64_t>(tokenizer.pieces.size());
  if (add_bos && model.bos_id >= 0 && model.bos_id < count)
    tokenizer.prefix_ids.push_back(static_cast<std::uint32_t>(model.bos_id));
  if (add_eos && model.eos_id >= 0 && model.eos_id < count)
    tokenizer.suffix_ids.push_back(static_cast<std::uint32_t>(model.eos_id));
  return {};
}

Diagnostic malformed(const std::filesystem::path& path, std::string message) {
  return {.kind = DiagnosticKind::malformed_tokenizer,
          .message = std::move(message),
          .where = {path.string()},
          .help = "download the file again"};
}

// Byte pair models without a character map keep every space, whatever the file says of extra ones:
// so do Hugging Face's Llama tokenizers, which the models' users have.
void add_stages(const Model& model, TokenizerDescription& tokenizer) {
  auto& normalizers = tokenizer.normalizers;
  if (!model.character_map.empty())
    normalizers.emplace_back(ir::CharacterMap{std::string(model.character_map)});
  const bool plain = model.model_type == kBytePairs && model.character_map.empty();
  if (model.remove_extra_spaces && !plain) {
    normalizers.emplace_back(ir::StripSpace{});
    normalizers.emplace_back(ir::ReplacePattern{.pattern = " {2,}", .to = " "});
  }
  const std::string mark(kSpaceMark);
  if (model.add_dummy_prefix) normalizers.emplace_back(ir::PrependText{mark});
  normalizers.emplace_back(ir::ReplaceText{" ", mark});
  tokenizer.decoders = {ir::ReplaceText{mark, " "}, ir::ByteFallback{}, ir::Fuse{}};
  if (model.add_dummy_prefix) tokenizer.decoders.emplace_back(ir::Strip{.start = 1});
}

}  // namespace

Result<TokenizerDescription> read_sentencepiece(const std::filesystem::path& path) {
  TRY(const std::string bytes, read_text(path, kMaxBytes));
  return read_sentencepiece(bytes, path);
}

Result<TokenizerDescription> read_sentencepiece(std::string_view bytes,
                                                const std::filesystem::path& path) {
  if (looks_like_rank_file(bytes)) return read_rank_file(bytes, path);
  Model model;
  if (!read_model(bytes, model)) return malformed(path, "the file is not a SentencePiece model");
  TRY_DO(check_supported(model, path));

  TokenizerDescription tokenizer{
      .path = path.string(), .byte_fallback = model.byte_fallback, .fuse_unknown = true};
  if (model.model_type == kUnigram) {
    tokenizer.model = ir::TokenizerModel::unigram;
    tokenizer.scores = std::move(model.scores);
  } else {
    tokenizer.merges = merges_of(model);
  }
  tokenizer.pieces = std::move(model.pieces);
  add_control_tokens(tokenizer);
  TRY_DO(add_template(model, path.parent_path(), tokenizer));
  add_stages(model, tokenizer);
  return tokenizer;
}

}  // namespace frontends
