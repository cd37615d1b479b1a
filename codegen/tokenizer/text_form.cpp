// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/text_form.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "ir/support/match.h"

namespace codegen::tokenizer {
namespace {

using ir::Piece;
using ir::PieceKind;
using ir::Result;
using ir::TokenizerDescription;
using runtime::formats::LeadingSpace;
using runtime::formats::TokenizerSettings;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

std::string name_of(const ir::Normalizer& normalizer) {
  return ir::match(
      normalizer,
      [](const ir::PrependText& n) { return fmt::format("the normalizer Prepend \"{}\"", n.text); },
      [](const ir::ReplaceText& n) {
        return fmt::format("the normalizer Replace \"{}\" by \"{}\"", n.from, n.to);
      });
}

std::string name_of(const ir::PreTokenizer& stage) {
  return ir::match(
      stage, [](const ir::Metaspace&) { return std::string("the pre-tokenizer Metaspace"); },
      [](const ir::ByteLevel&) { return std::string("the pre-tokenizer ByteLevel"); },
      [](const ir::SplitDigits&) { return std::string("the pre-tokenizer Digits"); },
      [](const ir::SplitPattern& split) {
        return fmt::format("the pre-tokenizer Split \"{}\"", split.pattern);
      });
}

std::string name_of(const ir::TokenDecoder& decoder) {
  return ir::match(
      decoder,
      [](const ir::ReplaceText& d) {
        return fmt::format("the decoder Replace \"{}\" by \"{}\"", d.from, d.to);
      },
      [](const ir::ByteFallback&) { return std::string("the decoder ByteFallback"); },
      [](const ir::Fuse&) { return std::string("the decoder Fuse"); },
      [](const ir::Strip& d) {
        return fmt::format("the decoder Strip \"{}\" {} {}", d.text, d.start, d.stop);
      },
      [](const ir::ByteLevel&) { return std::string("the decoder ByteLevel"); },
      [](const ir::Metaspace&) { return std::string("the decoder Metaspace"); });
}

bool is_mark_to_space(const ir::TokenDecoder& decoder) {
  if (const auto* replace = std::get_if<ir::ReplaceText>(&decoder))
    return replace->from == kSpaceMark && replace->to == " ";
  const auto* metaspace = std::get_if<ir::Metaspace>(&decoder);
  return metaspace != nullptr && metaspace->mark == kSpaceMark;
}

LeadingSpace leading_space_of(ir::Metaspace::Prepend prepend) {
  switch (prepend) {
    case ir::Metaspace::Prepend::never:
      return LeadingSpace::never;
    case ir::Metaspace::Prepend::first:
      return LeadingSpace::first_unless_present;
    case ir::Metaspace::Prepend::always:
      break;
  }
  return LeadingSpace::unless_present;
}

// The first of `rest`, which is then one shorter, if it is a Stage.
template <class Stage, class AnyStage>
const Stage* take(std::span<const AnyStage>& rest) {
  const auto* found = rest.empty() ? nullptr : std::get_if<Stage>(&rest[0]);
  if (found != nullptr) rest = rest.subspan(1);
  return found;
}

// Spaces are spelled as marks, and the whole text is one piece (Llama 2, Mistral, Gemma).
Result<void> lower_marked_spaces(const TokenizerDescription& description,
                                 TokenizerSettings& settings) {
  std::span<const ir::Normalizer> normalizers = description.normalizers;
  std::span<const ir::PreTokenizer> stages = description.pre_tokenizers;
  settings.flags |= runtime::formats::kTextSpaceMark;
  bool marked = false;
  if (const auto* prepend = take<ir::PrependText>(normalizers)) {
    if (prepend->text != kSpaceMark) return unsupported(description, name_of(*prepend));
    settings.leading_space = LeadingSpace::always;
  }
  if (const auto* replace = take<ir::ReplaceText>(normalizers)) {
    marked = replace->from == " " && replace->to == kSpaceMark;
    if (!marked) return unsupported(description, name_of(ir::Normalizer(*replace)));
  }
  if (!normalizers.empty()) return unsupported(description, name_of(normalizers[0]));
  if (const auto* metaspace = marked ? nullptr : take<ir::Metaspace>(stages)) {
    marked = metaspace->mark == kSpaceMark && !metaspace->split;
    if (!marked) return unsupported(description, "the pre-tokenizer Metaspace that splits");
    settings.leading_space = leading_space_of(metaspace->prepend);
  }
  if (!stages.empty()) return unsupported(description, name_of(stages[0]));
  if (!marked) return unsupported(description, "spaces that are spelled as spaces");
  return {};
}

Result<void> lower_decoders(const TokenizerDescription& description, TokenizerSettings& settings) {
  std::span<const ir::TokenDecoder> decoders = description.decoders;
  if (decoders.empty() || !is_mark_to_space(decoders[0]))
    return unsupported(description, decoders.empty() ? "no decoder" : name_of(decoders[0]));
  const auto* metaspace = std::get_if<ir::Metaspace>(&decoders[0]);
  if (metaspace != nullptr && metaspace->prepend != ir::Metaspace::Prepend::never)
    settings.strip_leading_spaces = 1;
  decoders = decoders.subspan(1);
  const bool joins_bytes = take<ir::ByteFallback>(decoders) != nullptr;
  if (description.byte_fallback && !joins_bytes)
    return unsupported(description, "byte pieces without the decoder ByteFallback");
  take<ir::Fuse>(decoders);
  if (const auto* strip = take<ir::Strip>(decoders)) {
    if (strip->text != " " || strip->stop != 0) return unsupported(description, name_of(*strip));
    settings.strip_leading_spaces = strip->start;
  }
  if (!decoders.empty()) return unsupported(description, name_of(decoders[0]));
  return {};
}

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

// The piece where spaces are spelled as marks. No space is left in such a text.
void add_marked_piece(const Piece& piece, TextForm& form) {
  const bool normal = piece.kind == PieceKind::normal;
  form.bytes.push_back(normal                          ? with_spaces_for_marks(piece.text)
                       : piece.kind == PieceKind::byte ? std::string(1, byte_of(piece.text))
                                                       : piece.text);
  form.in_text.push_back(normal && piece.text.find(' ') == std::string::npos);
}

// GPT-2 spells each byte as a printable character: bytes that are printable in Latin-1 as
// themselves, the others as U+0100, U+0101 ... in order. The result is the bytes of a text so
// spelled; nothing if a character stands for no byte.
std::optional<std::string> bytes_spelled_by(std::string_view text) {
  static constexpr auto kBytes = [] {
    std::array<std::int16_t, 0x144> bytes{};
    bytes.fill(-1);
    int next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) ||
                             (byte >= 0xae && byte <= 0xff);
      bytes[static_cast<std::size_t>(printable ? byte : next++)] = static_cast<std::int16_t>(byte);
    }
    return bytes;
  }();
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    std::size_t point = lead;
    if (lead >= 0xc0 && i < text.size())
      point = (lead & 0x1fU) << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fU);
    if (lead >= 0xe0 || point >= kBytes.size() || kBytes[point] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kBytes[point]));
  }
  return bytes;
}

void add_byte_level_piece(const Piece& piece, TextForm& form) {
  const bool normal = piece.kind == PieceKind::normal;
  const std::optional<std::string> bytes =
      normal ? bytes_spelled_by(piece.text) : std::optional<std::string>();
  form.bytes.push_back(bytes.value_or(piece.text));
  form.in_text.push_back(bytes.has_value());
}

constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

// The pattern of a stage that cuts text.
Result<Pattern> split_of(const TokenizerDescription& description, const ir::PreTokenizer& stage) {
  std::string text;
  if (const auto* split = std::get_if<ir::SplitPattern>(&stage)) {
    if (split->behavior != ir::SplitPattern::Behavior::isolated || split->invert)
      return unsupported(description, name_of(stage) + " with another behavior than Isolated");
    if (split->literal && !split->pattern.empty()) return literal_pattern(split->pattern);
    text = split->pattern;
  } else if (const auto* digits = std::get_if<ir::SplitDigits>(&stage)) {
    text = digits->individually ? R"(\p{N})" : R"(\p{N}+)";
  } else if (std::holds_alternative<ir::ByteLevel>(stage)) {
    text = kGpt2Pattern;
  } else {
    return unsupported(description, name_of(stage));
  }
  std::string why;
  std::optional<Pattern> pattern = parse_pattern(text, why);
  if (!pattern) return unsupported(description, fmt::format("{}, with {}", name_of(stage), why));
  return *std::move(pattern);
}

// Text is cut by patterns, then spelled in bytes (GPT-2 and most families after it).
Result<void> lower_byte_level(const TokenizerDescription& description, TextForm& form) {
  form.settings.flags |= runtime::formats::kTextBytes;
  if (!description.normalizers.empty())
    return unsupported(description, name_of(description.normalizers[0]));
  if (description.byte_fallback) return unsupported(description, "byte pieces beside ByteLevel");
  const auto& stages = description.pre_tokenizers;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const auto* byte_level = std::get_if<ir::ByteLevel>(&stages[i]);
    if (byte_level != nullptr && i + 1 < stages.size())
      return unsupported(description, name_of(stages[i]) + " before another one");
    if (byte_level != nullptr && byte_level->add_prefix_space) {
      if (i > 0) return unsupported(description, "a prefix space for each piece");
      form.settings.leading_space = LeadingSpace::unless_present;
    }
    if (byte_level != nullptr && !byte_level->use_regex) continue;
    TRY(Pattern split, split_of(description, stages[i]));
    form.splits.push_back(std::move(split));
  }
  for (const ir::TokenDecoder& decoder : description.decoders)
    if (!std::holds_alternative<ir::ByteLevel>(decoder))
      return unsupported(description, name_of(decoder));
  if (description.decoders.empty()) return unsupported(description, "no decoder");
  return {};
}

bool is_byte_level(const TokenizerDescription& description) {
  return !description.pre_tokenizers.empty() &&
         std::holds_alternative<ir::ByteLevel>(description.pre_tokenizers.back());
}

}  // namespace

ir::Diagnostic unsupported(const TokenizerDescription& description, std::string what) {
  return {.kind = ir::DiagnosticKind::unsupported_tokenizer,
          .message = fmt::format("the tokenizer uses {}, which is not supported", std::move(what)),
          .where = {description.path},
          .help = "compile the model without its tokenizer files to use token ids only"};
}

Result<TextForm> text_form_of(const TokenizerDescription& description) {
  TextForm form;
  form.settings.tokens = static_cast<std::uint32_t>(description.pieces.size());
  form.settings.unknown_token = description.unknown_id.value_or(runtime::formats::kNoToken);
  if (description.fuse_unknown) form.settings.flags |= runtime::formats::kTextFuseUnknown;
  const bool byte_level = is_byte_level(description);
  if (byte_level) {
    TRY_DO(lower_byte_level(description, form));
  } else {
    TRY_DO(lower_marked_spaces(description, form.settings));
    TRY_DO(lower_decoders(description, form.settings));
  }
  for (const Piece& piece : description.pieces)
    byte_level ? add_byte_level_piece(piece, form) : add_marked_piece(piece, form);
  return form;
}

}  // namespace codegen::tokenizer
