// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/tokenizer_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <span>
#include <string_view>

#include "codegen/tokenizer/automaton.h"
#include "codegen/tokenizer/merge_rule.h"
#include "codegen/tokenizer/text_form.h"
#include "runtime/formats/pre_tokenizer_bin.h"
#include "runtime/formats/tokenizer_bin.h"

namespace codegen::tokenizer {
namespace {

using ir::Result;
using ir::TokenizerDescription;
using namespace runtime::formats;  // NOLINT: the vocabulary of this file

constexpr std::size_t kLongestPiece = 4096;  // bytes; the longest known are runs of 256 spaces
static_assert(kLongestPiece <= kMaxTokenBytes);

// Collects sections and lays them out one after another.
class FileBuilder {
 public:
  template <class T>
  void add(TokenizerSection kind, std::span<const T> items) {
    if (items.empty()) return;
    const std::span<const std::byte> bytes = std::as_bytes(items);
    sections_.push_back({kind, {bytes.begin(), bytes.end()}});
  }

  std::vector<std::byte> finish() const {
    TokenizerHeader header{.sections = static_cast<std::uint32_t>(sections_.size())};
    std::uint32_t next = static_cast<std::uint32_t>(
        sizeof(header) + sections_.size() * sizeof(TokenizerSectionEntry));
    std::vector<TokenizerSectionEntry> entries;
    for (const Section& section : sections_) {
      next = aligned(next);
      const auto bytes = static_cast<std::uint32_t>(section.bytes.size());
      entries.push_back({static_cast<std::uint32_t>(section.kind), next, bytes});
      next += bytes;
    }
    header.file_bytes = aligned(next);
    std::vector<std::byte> file(header.file_bytes);
    std::memcpy(file.data(), &header, sizeof(header));
    for (std::size_t i = 0; i < entries.size(); ++i) {
      std::memcpy(file.data() + sizeof(header) + i * sizeof(entries[i]), &entries[i],
                  sizeof(entries[i]));
      std::memcpy(file.data() + entries[i].offset, sections_[i].bytes.data(), entries[i].bytes);
    }
    return file;
  }

 private:
  struct Section {
    TokenizerSection kind;
    std::vector<std::byte> bytes;
  };
  static std::uint32_t aligned(std::uint32_t offset) {
    return (offset + kTokenizerAlignment - 1) / kTokenizerAlignment * kTokenizerAlignment;
  }

  std::vector<Section> sections_;
};

ir::Diagnostic malformed(const TokenizerDescription& description, std::string message) {
  return {.kind = ir::DiagnosticKind::malformed_tokenizer,
          .message = std::move(message),
          .where = {description.path},
          .help = "download the file again"};
}

// Sorted by text; of two with the same text the first counts.
Result<std::vector<AddedTokenEntry>> added_entries(const TokenizerDescription& description) {
  std::map<std::string_view, AddedTokenEntry> by_text;
  for (const ir::AddedToken& token : description.added_tokens) {
    const bool second_pass = token.normalized;
    if (token.single_word)
      return unsupported(description,
                         fmt::format("the added token \"{}\" as a single word", token.text));
    if (second_pass && !description.normalizers.empty())
      return unsupported(description,
                         fmt::format("the added token \"{}\" in normalized text", token.text));
    std::uint32_t flags = 0;
    if (token.special) flags |= kAddedSpecial;
    if (token.strip_left) flags |= kAddedStripLeft;
    if (token.strip_right) flags |= kAddedStripRight;
    if (second_pass) flags |= kAddedSecondPass;
    by_text.emplace(token.text, AddedTokenEntry{token.id, flags});
  }
  std::vector<AddedTokenEntry> entries;
  for (const auto& [text, entry] : by_text) entries.push_back(entry);
  return entries;
}

Result<std::vector<std::uint8_t>> token_flags(const TokenizerDescription& description,
                                              const MergeRule& rule) {
  std::vector<std::uint8_t> flags = rule.flags;
  for (std::uint32_t id = 0; id < flags.size(); ++id) {
    const ir::PieceKind kind = description.pieces[id].kind;
    if (kind == ir::PieceKind::control) flags[id] |= kTokenControl;
    if (kind == ir::PieceKind::absent) flags[id] |= kTokenAbsent;
  }
  for (const ir::AddedToken& token : description.added_tokens)
    if (token.special) flags[token.id] |= kTokenControl;
  return flags;
}

std::vector<std::uint32_t> byte_tokens(const TokenizerDescription& description,
                                       const TextForm& form) {
  std::vector<std::uint32_t> tokens;
  if (!description.byte_fallback) return tokens;
  tokens.assign(256, kNoToken);
  for (std::uint32_t id = 0; id < description.pieces.size(); ++id)
    if (description.pieces[id].kind == ir::PieceKind::byte)
      tokens[static_cast<unsigned char>(form.bytes[id][0])] = id;
  return tokens;
}

// The automata of the stages that cut text; empty if there are none.
Result<std::vector<std::byte>> pre_tokenizers(const TokenizerDescription& description,
                                              const TextForm& form) {
  if (form.splits.empty()) return std::vector<std::byte>();
  if (form.splits.size() > kMaxAutomata)
    return unsupported(description, fmt::format("{} stages that cut text", form.splits.size()));
  const std::optional<CharacterClasses> classes = classes_of(form.splits);
  if (!classes) return unsupported(description, "patterns with too many classes of characters");
  std::vector<Automaton> automata;
  for (const Pattern& pattern : form.splits) {
    std::string why;
    std::optional<Automaton> automaton = automaton_of(pattern, *classes, why);
    if (!automaton) return unsupported(description, why);
    automata.push_back(*std::move(automaton));
  }
  return pre_tokenizer_section(*classes, automata);
}

Result<void> check_ids(const TokenizerDescription& description) {
  const std::size_t count = description.pieces.size();
  if (count == 0 || count > kMaxTokens)
    return malformed(description, fmt::format("the vocabulary has {} pieces", count));
  for (const auto* list : {&description.prefix_ids, &description.suffix_ids})
    for (const std::uint32_t id : *list)
      if (id >= count)
        return malformed(
            description,
            fmt::format("the template adds the token {}, but there are {}", id, count));
  for (const ir::Piece& piece : description.pieces)
    if (piece.text.size() > kLongestPiece)
      return unsupported(description, fmt::format("a piece of {} bytes", piece.text.size()));
  return {};
}

}  // namespace

Result<std::vector<std::byte>> write_tokenizer(const TokenizerDescription& description) {
  TRY_DO(check_ids(description));
  TRY(const TextForm form, text_form_of(description));
  TRY(const MergeRule rule, merge_rule_of(description, form));
  TRY(const std::vector<AddedTokenEntry> added, added_entries(description));
  TRY(const std::vector<std::uint8_t> flags, token_flags(description, rule));

  TRY(const std::vector<std::byte> splits, pre_tokenizers(description, form));

  std::vector<std::uint16_t> lengths;
  std::string bytes;
  std::vector<std::uint32_t> ranks;
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id) {
    lengths.push_back(static_cast<std::uint16_t>(form.bytes[id].size()));
    bytes += form.bytes[id];
    ranks.push_back(rule.ranks[id] - id);
  }
  FileBuilder file;
  file.add(TokenizerSection::settings, std::span(&form.settings, 1));
  file.add(TokenizerSection::token_lengths, std::span<const std::uint16_t>(lengths));
  file.add(TokenizerSection::token_bytes, std::span<const char>(bytes));
  file.add(TokenizerSection::token_flags, std::span<const std::uint8_t>(flags));
  file.add(TokenizerSection::token_ranks, std::span<const std::uint32_t>(ranks));
  file.add(TokenizerSection::byte_tokens,
           std::span<const std::uint32_t>(byte_tokens(description, form)));
  file.add(TokenizerSection::added_tokens, std::span<const AddedTokenEntry>(added));
  file.add(TokenizerSection::prefix_ids, std::span<const std::uint32_t>(description.prefix_ids));
  file.add(TokenizerSection::suffix_ids, std::span<const std::uint32_t>(description.suffix_ids));
  file.add(TokenizerSection::pre_tokenizers, std::span<const std::byte>(splits));
  return file.finish();
}

}  // namespace codegen::tokenizer
