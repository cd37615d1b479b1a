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
#include "codegen/tokenizer/normalizer_writer.h"
#include "codegen/tokenizer/section_bytes.h"
#include "codegen/tokenizer/text_form.h"
#include "ir/support/check.h"
#include "runtime/formats/pre_tokenizer_bin.h"
#include "runtime/formats/tokenizer_bin.h"
#include "runtime/host/normalizer.h"

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
  void add(TokenizerSection kind, std::span<T> items) {
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

struct AddedSection {
  std::vector<AddedTokenEntry> entries;
  std::string texts;
};

// Sorted by text; of two with the same text the first counts. What is looked for in normalized text
// is itself normalized.
Result<AddedSection> added_tokens(const TokenizerDescription& description, const TextForm& form,
                                  const runtime::host::Normalizer& normalizer) {
  std::map<std::string, const ir::AddedToken*> passes[2];
  runtime::host::Normalizer::Scratch scratch;
  for (const ir::AddedToken& token : description.added_tokens) {
    std::string text = token.text;
    if (token.normalized) text = normalizer.apply(token.text, scratch);
    if (!text.empty()) passes[token.normalized ? 1 : 0].emplace(std::move(text), &token);
  }
  AddedSection section;
  for (const auto& pass : passes)
    for (const auto& [text, token] : pass) {
      AddedTokenEntry entry{.id = token->id};
      if (token->special) entry.flags |= kAddedSpecial;
      if (token->strip_left) entry.flags |= kAddedStripLeft;
      if (token->strip_right) entry.flags |= kAddedStripRight;
      if (token->normalized) entry.flags |= kAddedSecondPass;
      if (token->single_word) entry.flags |= kAddedSingleWord;
      if (text != form.bytes[token->id]) {
        entry.flags |= kAddedOtherText;
        entry.offset = static_cast<std::uint32_t>(section.texts.size());
        entry.bytes = static_cast<std::uint32_t>(text.size());
        section.texts += text;
      }
      section.entries.push_back(entry);
    }
  return section;
}

// The table of word characters, if an added token asks for it.
std::vector<std::byte> word_characters(const TokenizerDescription& description) {
  const bool asked = std::any_of(description.added_tokens.begin(), description.added_tokens.end(),
                                 [](const ir::AddedToken& token) { return token.single_word; });
  if (!asked) return {};
  std::vector<std::uint8_t> values(kLastCodePoint + 1);
  const CodePointSet words = CodePointSet::property("word").value_or(CodePointSet());
  for (const CodePointSet::Range& range : words.ranges())
    std::fill(values.begin() + range.first, values.begin() + range.last + 1, std::uint8_t{1});
  const PointBlocks<std::uint8_t> blocks(values);
  SectionBytes section;
  section.add_one(blocks.count());
  blocks.append_to(section);
  return section.take();
}

std::vector<std::uint8_t> token_flags(const TokenizerDescription& description, const TextForm& form,
                                      const MergeRule& rule) {
  std::vector<std::uint8_t> flags = rule.flags;
  for (std::uint32_t id = 0; id < flags.size(); ++id) {
    flags[id] |= form.flags[id];
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

// The stages that cut text; empty if there are none.
Result<std::vector<std::byte>> pre_tokenizers(const TokenizerDescription& description,
                                              const TextForm& form) {
  if (form.stages.empty()) return std::vector<std::byte>();
  if (form.stages.size() > kMaxStages)
    return unsupported(description, fmt::format("{} stages that cut text", form.stages.size()));
  std::vector<Pattern> patterns;
  for (const TextStage& stage : form.stages) patterns.push_back(stage.pattern);
  const std::optional<CharacterClasses> classes = classes_of(patterns);
  if (!classes) return unsupported(description, "patterns with too many classes of characters");
  std::vector<CutStage> stages;
  for (const TextStage& stage : form.stages) {
    stages.push_back({.flags = stage.flags});
    if ((stage.flags & kStageSpaceBefore) != 0) continue;
    std::string why;
    std::optional<Automaton> automaton = automaton_of(stage.pattern, *classes, why);
    if (!automaton) return unsupported(description, why);
    stages.back().automaton = *std::move(automaton);
  }
  return pre_tokenizer_section(*classes, stages);
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

// Where the model does not merge: every piece that text can meet.
MergeRule rule_of_whole_pieces(const TextForm& form) {
  MergeRule rule;
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id) {
    rule.ranks.push_back(id);
    rule.flags.push_back(form.in_text[id] ? kTokenWhole : std::uint8_t{0});
  }
  return rule;
}

Result<MergeRule> rule_of(const TokenizerDescription& description, const TextForm& form) {
  if (description.model == ir::TokenizerModel::merges) return merge_rule_of(description, form);
  return rule_of_whole_pieces(form);
}

}  // namespace

Result<std::vector<std::byte>> write_tokenizer(const TokenizerDescription& description) {
  TRY_DO(check_ids(description));
  TRY(const TextForm form, text_form_of(description));
  TRY(const MergeRule rule, rule_of(description, form));
  TRY(const std::vector<std::byte> normalizers, normalizer_section(description, form));
  TRY(const std::vector<std::byte> stages, pre_tokenizers(description, form));
  const auto normalizer = runtime::host::Normalizer::open(normalizers, form.settings);
  CHECK(normalizer, "normalizers that were just written do not open");
  TRY(const AddedSection added, added_tokens(description, form, *normalizer));

  std::vector<std::uint16_t> lengths;
  std::string bytes;
  std::vector<std::uint32_t> ranks;
  for (std::uint32_t id = 0; id < form.bytes.size(); ++id) {
    lengths.push_back(static_cast<std::uint16_t>(form.bytes[id].size()));
    bytes += form.bytes[id];
    ranks.push_back(rule.ranks[id] - id);
  }
  std::vector<float> scores = description.scores;
  if (!scores.empty()) scores.resize(description.pieces.size());
  const std::vector<std::uint8_t> flags = token_flags(description, form, rule);
  const std::vector<std::uint32_t> bytes_alone = byte_tokens(description, form);
  const std::vector<std::byte> words = word_characters(description);

  FileBuilder file;
  file.add(TokenizerSection::settings, std::span(&form.settings, 1));
  file.add(TokenizerSection::token_lengths, std::span(lengths));
  file.add(TokenizerSection::token_bytes, std::span(bytes));
  file.add(TokenizerSection::token_flags, std::span(flags));
  file.add(TokenizerSection::token_ranks, std::span(ranks));
  file.add(TokenizerSection::byte_tokens, std::span(bytes_alone));
  file.add(TokenizerSection::added_tokens, std::span(added.entries));
  file.add(TokenizerSection::prefix_ids, std::span(description.prefix_ids));
  file.add(TokenizerSection::suffix_ids, std::span(description.suffix_ids));
  file.add(TokenizerSection::pre_tokenizers, std::span(stages));
  file.add(TokenizerSection::normalizers, std::span(normalizers));
  file.add(TokenizerSection::token_scores, std::span(scores));
  file.add(TokenizerSection::added_texts, std::span(added.texts));
  file.add(TokenizerSection::word_characters, std::span(words));
  return file.finish();
}

}  // namespace codegen::tokenizer
