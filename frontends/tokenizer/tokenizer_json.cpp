// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/tokenizer_json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_map>

#include "frontends/json_text.h"
#include "frontends/tokenizer/json_components.h"

namespace frontends {
namespace {

using ir::AddedToken;
using ir::Diagnostic;
using ir::DiagnosticKind;
using ir::Piece;
using ir::PieceKind;
using ir::Result;
using ir::TokenizerDescription;
using nlohmann::json;

constexpr JsonLimits kLimits = {.max_bytes = 256U << 20, .max_depth = 32, .line_depth = 2};
constexpr IntegerRange kIds = {0, (1 << 22) - 1};

using Ids = std::unordered_map<std::string, std::uint32_t>;

Diagnostic malformed(const JsonObject& where, std::string_view key, std::string message) {
  return {.kind = DiagnosticKind::malformed_tokenizer,
          .message = std::move(message),
          .where = where.where(key),
          .help = "download the file again"};
}

bool is_byte_piece(const std::string& text) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return text.size() == 6 && text.starts_with("<0x") && is_hex(text[3]) && is_hex(text[4]) &&
         text[5] == '>';
}

// Puts `piece` at `id`; ids that nothing claims stay absent.
void place(TokenizerDescription& tokenizer, std::uint32_t id, Piece piece) {
  if (id >= tokenizer.pieces.size())
    tokenizer.pieces.resize(id + 1, Piece{.kind = PieceKind::absent});
  tokenizer.pieces[id] = std::move(piece);
}

Result<Ids> read_vocabulary(const JsonObject& model, TokenizerDescription& tokenizer) {
  const json* vocabulary = model.find("vocab");
  if (vocabulary == nullptr || !vocabulary->is_object())
    return model.wrong("vocab", "an object from pieces to ids");
  Ids ids;
  ids.reserve(vocabulary->size());
  for (const auto& [text, value] : vocabulary->items()) {
    const auto id = as_integer(value);
    if (!id || *id < kIds.min || *id > kIds.max)
      return malformed(model, "vocab",
                       fmt::format("the id of piece {} is {}", in_quotes(text), short_text(value)));
    const bool taken = static_cast<std::size_t>(*id) < tokenizer.pieces.size() &&
                       tokenizer.pieces[static_cast<std::size_t>(*id)].kind != PieceKind::absent;
    if (taken) return malformed(model, "vocab", fmt::format("two pieces have the id {}", *id));
    const bool is_byte = tokenizer.byte_fallback && is_byte_piece(text);
    place(tokenizer, static_cast<std::uint32_t>(*id),
          {.text = text, .kind = is_byte ? PieceKind::byte : PieceKind::normal});
    ids.emplace(text, static_cast<std::uint32_t>(*id));
  }
  return ids;
}

// A merge is "left right", or ["left", "right"] in newer files.
Result<ir::Merge> read_merge(const JsonObject& model, const json& item, const Ids& ids) {
  std::string left, right;
  if (item.is_string()) {
    const auto& text = item.get_ref<const std::string&>();
    const std::size_t space = text.find(' ');
    left = text.substr(0, space);
    if (space != std::string::npos) right = text.substr(space + 1);
  } else if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
    left = item[0].get<std::string>();
    right = item[1].get<std::string>();
  }
  const auto left_id = ids.find(left);
  const auto right_id = ids.find(right);
  if (left_id == ids.end() || right_id == ids.end() || !ids.contains(left + right))
    return malformed(model, "merges",
                     fmt::format("the merge {} does not join two pieces of the vocabulary into "
                                 "a third",
                                 short_text(item)));
  return ir::Merge{left_id->second, right_id->second};
}

Result<void> read_flag(const JsonObject& model, std::string_view key, bool& flag) {
  TRY(const std::optional<bool> value, model.boolean(key));
  flag = value.value_or(false);
  return {};
}

Result<void> read_unknown(const JsonObject& model, const Ids& ids,
                          TokenizerDescription& tokenizer) {
  TRY(const std::optional<std::string> unknown, model.string("unk_token"));
  const auto id = ids.find(unknown.value_or(""));
  if (!unknown || id == ids.end()) return {};
  tokenizer.unknown_id = id->second;
  tokenizer.pieces[id->second].kind = PieceKind::unknown;
  return {};
}

Result<void> read_merges(const JsonObject& model, TokenizerDescription& tokenizer) {
  for (const std::string_view affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    TRY(const std::optional<std::string> text, model.string(affix));
    if (text && !text->empty()) return unsupported_component(model, affix, "BPE option", affix);
  }
  TRY(const std::optional<double> dropout, model.number("dropout", {0, 1}));
  if (dropout.value_or(0) != 0)
    return unsupported_component(model, "dropout", "BPE option", "dropout");
  TRY_DO(read_flag(model, "byte_fallback", tokenizer.byte_fallback));
  TRY_DO(read_flag(model, "fuse_unk", tokenizer.fuse_unknown));
  TRY_DO(read_flag(model, "ignore_merges", tokenizer.whole_pieces_first));

  TRY(const Ids ids, read_vocabulary(model, tokenizer));
  TRY_DO(read_unknown(model, ids, tokenizer));
  const json* merges = model.find("merges");
  if (merges == nullptr) return {};
  if (!merges->is_array()) return model.wrong("merges", "a list");
  tokenizer.merges.reserve(merges->size());
  for (const json& item : *merges) {
    TRY(const ir::Merge merge, read_merge(model, item, ids));
    tokenizer.merges.push_back(merge);
  }
  return {};
}

Result<void> read_words(const JsonObject& model, TokenizerDescription& tokenizer) {
  TRY(const Ids ids, read_vocabulary(model, tokenizer));
  TRY_DO(read_unknown(model, ids, tokenizer));
  TRY(tokenizer.continuing_prefix, model.required_string("continuing_subword_prefix"));
  TRY(const std::optional<std::int64_t> longest,
      model.integer("max_input_chars_per_word", {1, 1 << 16}));
  tokenizer.longest_word = static_cast<std::uint32_t>(longest.value_or(100));
  return {};
}

// "vocab": [["<unk>", 0.0], ["▁the", -3.2], ...]
Result<void> read_unigram(const JsonObject& model, TokenizerDescription& tokenizer) {
  TRY_DO(read_flag(model, "byte_fallback", tokenizer.byte_fallback));
  tokenizer.fuse_unknown = true;
  const json* vocabulary = model.find("vocab");
  if (vocabulary == nullptr || !vocabulary->is_array())
    return model.wrong("vocab", "a list of pairs of piece and score");
  for (const json& pair : *vocabulary) {
    if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() || !pair[1].is_number())
      return model.wrong("vocab", "a list of pairs of piece and score");
    auto text = pair[0].get<std::string>();
    const bool is_byte = tokenizer.byte_fallback && is_byte_piece(text);
    tokenizer.pieces.push_back(
        {.text = std::move(text), .kind = is_byte ? PieceKind::byte : PieceKind::normal});
    tokenizer.scores.push_back(pair[1].get<float>());
  }
  const IntegerRange ids = {0, static_cast<std::int64_t>(tokenizer.pieces.size()) - 1};
  TRY(const std::optional<std::int64_t> unknown, model.integer("unk_id", ids));
  if (unknown) {
    tokenizer.unknown_id = static_cast<std::uint32_t>(*unknown);
    tokenizer.pieces[*tokenizer.unknown_id].kind = PieceKind::unknown;
  }
  return {};
}

// Old files do not say which model it is.
std::string type_of(const JsonObject& model) {
  if (model.has("merges")) return "BPE";
  if (model.has("unk_id")) return "Unigram";
  return model.has("max_input_chars_per_word") ? "WordPiece" : "without a type";
}

Result<void> read_model(const JsonObject& root, TokenizerDescription& tokenizer) {
  TRY(const std::optional<JsonObject> model, root.object("model"));
  if (!model) return root.wrong("model", "an object");
  TRY(const std::optional<std::string> named, model->string("type"));
  const std::string type = named ? *named : type_of(*model);
  struct Row {
    std::string_view type;
    ir::TokenizerModel model;
    Result<void> (*read)(const JsonObject&, TokenizerDescription&);
  };
  constexpr Row kRows[] = {{"BPE", ir::TokenizerModel::merges, read_merges},
                           {"Unigram", ir::TokenizerModel::unigram, read_unigram},
                           {"WordPiece", ir::TokenizerModel::words, read_words}};
  for (const Row& row : kRows) {
    if (type != row.type) continue;
    tokenizer.model = row.model;
    return row.read(*model, tokenizer);
  }
  return unsupported_component(*model, "type", "model", type);
}

Result<AddedToken> read_added_token(const JsonFile& file, const json& item) {
  const JsonObject object(file, item, "added_tokens.");
  AddedToken token;
  TRY(const std::int64_t id, object.required_integer("id", kIds));
  token.id = static_cast<std::uint32_t>(id);
  TRY(token.text, object.required_string("content"));
  TRY_DO(read_flag(object, "special", token.special));
  TRY_DO(read_flag(object, "normalized", token.normalized));
  TRY_DO(read_flag(object, "lstrip", token.strip_left));
  TRY_DO(read_flag(object, "rstrip", token.strip_right));
  TRY_DO(read_flag(object, "single_word", token.single_word));
  return token;
}

Result<void> read_added_tokens(const JsonFile& file, TokenizerDescription& tokenizer) {
  const JsonObject root = file.root();
  const json* list = root.find("added_tokens");
  if (list == nullptr) return {};
  if (!list->is_array()) return root.wrong("added_tokens", "a list");
  for (const json& item : *list) {
    if (!item.is_object()) return root.wrong("added_tokens", "a list of objects");
    TRY(AddedToken token, read_added_token(file, item));
    if (token.text.empty()) continue;
    const bool known =
        token.id < tokenizer.pieces.size() && tokenizer.pieces[token.id].kind != PieceKind::absent;
    if (known && tokenizer.pieces[token.id].text != token.text)
      return malformed(
          root, "added_tokens",
          fmt::format("the added token {} and the piece {} share the id {}", in_quotes(token.text),
                      in_quotes(tokenizer.pieces[token.id].text), token.id));
    if (!known) place(tokenizer, token.id, {.text = token.text, .kind = PieceKind::user_defined});
    Piece& piece = tokenizer.pieces[token.id];
    if (token.special && piece.kind != PieceKind::unknown) piece.kind = PieceKind::control;
    tokenizer.added_tokens.push_back(std::move(token));
  }
  return {};
}

}  // namespace

Result<TokenizerDescription> read_tokenizer_json(const std::filesystem::path& path) {
  TRY(const JsonFile file, JsonFile::read(path, kLimits));
  return read_tokenizer_json(file);
}

Result<TokenizerDescription> read_tokenizer_json(const JsonFile& file) {
  TokenizerDescription tokenizer{.path = file.path()};
  TRY_DO(read_model(file.root(), tokenizer));
  TRY_DO(read_added_tokens(file, tokenizer));
  TRY_DO(read_components(file, tokenizer));
  return tokenizer;
}

}  // namespace frontends
