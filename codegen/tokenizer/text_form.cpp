// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/text_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>

#include "codegen/tokenizer/lower_stages.h"
#include "ir/support/byte_spelling.h"

namespace codegen::tokenizer {
namespace {

using ir::Piece;
using ir::PieceKind;
using ir::Result;
using ir::TokenizerDescription;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

std::string with_spaces_for_marks(std::string_view text) {
  std::string spaced;
  for (std::size_t i = 0; i < text.size();) {
    const bool mark = text.substr(i).starts_with(kSpaceMark);
    spaced.push_back(mark ? ' ' : text[i]);
    i += mark ? kSpaceMark.size() : 1;
  }
  return spaced;
}

// "<0x0A>" is the byte 10.
char byte_of(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
  return static_cast<char>(digit(text[3]) * 16 + digit(text[4]));
}

// A piece in the text form. Nothing but normal pieces is met in text.
struct FormedPiece {
  std::string bytes;
  bool in_text = false;
  std::uint8_t flags = 0;
};

// No space is left in a text where spaces are spelled as marks.
FormedPiece marked_piece(const Piece& piece) {
  if (piece.kind == PieceKind::byte) return {std::string(1, byte_of(piece.text))};
  if (piece.kind != PieceKind::normal) return {piece.text};
  return {with_spaces_for_marks(piece.text), piece.text.find(' ') == std::string::npos};
}

FormedPiece byte_level_piece(const Piece& piece) {
  if (piece.kind != PieceKind::normal) return {piece.text};
  std::optional<std::string> bytes = ir::bytes_spelled_by(piece.text);
  if (!bytes) return {piece.text};
  return {*std::move(bytes), true};
}

// What clean-up takes the space from, when a token begins with it.
bool closes(std::string_view text) {
  constexpr std::string_view kClosing[] = {".", "?", "!", ",", "n't", "'m", "'s", "'ve", "'re"};
  return std::any_of(std::begin(kClosing), std::end(kClosing),
                     [text](std::string_view closing) { return text.starts_with(closing); });
}

FormedPiece plain_piece(const Piece& piece, std::string_view continuing_prefix, bool cleanup) {
  if (piece.kind == PieceKind::byte) return {std::string(1, byte_of(piece.text))};
  if (piece.kind != PieceKind::normal) return {piece.text};
  if (!continuing_prefix.empty() && piece.text.starts_with(continuing_prefix))
    return {piece.text.substr(continuing_prefix.size()), true, runtime::formats::kTokenContinues};
  const bool no_space = cleanup && closes(piece.text);
  return {piece.text, true, no_space ? runtime::formats::kTokenCloses : std::uint8_t{0}};
}

}  // namespace

ir::Diagnostic unsupported(const TokenizerDescription& description, std::string what) {
  return {.kind = ir::DiagnosticKind::unsupported_tokenizer,
          .message = fmt::format("the tokenizer uses {}, which is not supported", std::move(what)),
          .where = {description.path},
          .help = "compile the model without its tokenizer files to use token ids only"};
}

Result<TextForm> text_form_of(const TokenizerDescription& description) {
  using runtime::formats::TokenizerModel;
  TextForm form;
  form.settings.tokens = static_cast<std::uint32_t>(description.pieces.size());
  form.settings.unknown_token = description.unknown_id.value_or(runtime::formats::kNoToken);
  form.settings.model = static_cast<TokenizerModel>(description.model);
  form.settings.longest_word = description.longest_word;
  if (description.fuse_unknown) form.settings.flags |= runtime::formats::kTextFuseUnknown;
  TRY_DO(lower_normalizers(description, form));
  TRY_DO(lower_pre_tokenizers(description, form));
  TRY_DO(lower_decoders(description, form));
  const Spelling spelling = spelling_of(form);
  if (spelling == Spelling::bytes && description.byte_fallback)
    return unsupported(description, "byte pieces beside ByteLevel");
  if (spelling == Spelling::bytes && form.settings.model != TokenizerModel::merges)
    return unsupported(description, "ByteLevel with another model than BPE");

  const auto* words = description.decoders.empty()
                          ? nullptr
                          : std::get_if<ir::WordDecoder>(&description.decoders[0]);
  const bool cleanup = words != nullptr && words->cleanup;
  for (const Piece& piece : description.pieces) {
    FormedPiece formed = spelling == Spelling::bytes ? byte_level_piece(piece)
                         : spelling == Spelling::marked
                             ? marked_piece(piece)
                             : plain_piece(piece, description.continuing_prefix, cleanup);
    form.bytes.push_back(std::move(formed.bytes));
    form.in_text.push_back(formed.in_text);
    form.flags.push_back(formed.flags);
  }
  return form;
}

}  // namespace codegen::tokenizer
