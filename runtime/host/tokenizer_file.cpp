// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/tokenizer_file.h"

namespace runtime::host {
namespace {

using formats::TokenizerHeader;
using formats::TokenizerSection;
using formats::TokenizerSectionEntry;
using formats::TokenizerSettings;
using Bytes = std::span<const std::byte>;

// The sections by kind; a kind that the file lacks is empty.
struct Sections {
  static constexpr std::size_t kKinds = 15;
  Bytes by_kind[kKinds];

  Bytes operator[](TokenizerSection kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
};

TokenizerFault find(Bytes file, Sections& sections) {
  const PackedList<TokenizerHeader> headers(file);
  if (headers.size() == 0) return TokenizerFault::not_a_tokenizer;
  const TokenizerHeader header = headers[0];
  if (header.magic != formats::kTokenizerMagic) return TokenizerFault::not_a_tokenizer;
  if (header.version != formats::kTokenizerVersion) return TokenizerFault::other_version;
  if (header.file_bytes > file.size()) return TokenizerFault::truncated;
  file = file.first(header.file_bytes);
  if (file.size() < sizeof(TokenizerHeader)) return TokenizerFault::truncated;
  const PackedList<TokenizerSectionEntry> entries(file.subspan(sizeof(TokenizerHeader)));
  if (header.sections > entries.size()) return TokenizerFault::bad_section;
  for (std::uint32_t i = 0; i < header.sections; ++i) {
    const TokenizerSectionEntry entry = entries[i];
    if (entry.offset > file.size() || entry.bytes > file.size() - entry.offset)
      return TokenizerFault::bad_section;
    if (entry.kind < Sections::kKinds)
      sections.by_kind[entry.kind] = file.subspan(entry.offset, entry.bytes);
  }
  return TokenizerFault::none;
}

std::string_view as_text(Bytes section) {
  return {reinterpret_cast<const char*>(section.data()), section.size()};
}

template <class T>
bool is_list_of(Bytes section, std::size_t count) {
  return section.size() == count * sizeof(T);
}

}  // namespace

std::optional<TokenizerFile> TokenizerFile::open(Bytes bytes, TokenizerFault& fault) {
  TokenizerFile file;
  fault = file.find_sections(bytes);
  if (fault == TokenizerFault::none) fault = file.check_ids();
  if (fault != TokenizerFault::none) return std::nullopt;
  return file;
}

TokenizerFault TokenizerFile::find_sections(Bytes bytes) {
  Sections sections;
  const TokenizerFault fault = find(bytes, sections);
  if (fault != TokenizerFault::none) return fault;

  const Bytes settings = sections[TokenizerSection::settings];
  if (!is_list_of<TokenizerSettings>(settings, 1)) return TokenizerFault::bad_section;
  settings_ = PackedList<TokenizerSettings>(settings)[0];
  if (settings_.tokens > formats::kMaxTokens) return TokenizerFault::bad_vocabulary;

  const Bytes lengths = sections[TokenizerSection::token_lengths];
  const Bytes flags = sections[TokenizerSection::token_flags];
  const Bytes ranks = sections[TokenizerSection::token_ranks];
  if (!is_list_of<std::uint16_t>(lengths, settings_.tokens) ||
      !is_list_of<std::uint8_t>(flags, settings_.tokens) ||
      !is_list_of<std::uint32_t>(ranks, settings_.tokens))
    return TokenizerFault::bad_section;
  lengths_ = PackedList<std::uint16_t>(lengths);
  flags_ = PackedList<std::uint8_t>(flags);
  ranks_ = PackedList<std::uint32_t>(ranks);

  const Bytes blob = sections[TokenizerSection::token_bytes];
  std::uint64_t total = 0;
  for (std::size_t id = 0; id < lengths_.size(); ++id) total += lengths_[id];
  if (total != blob.size()) return TokenizerFault::bad_vocabulary;
  token_bytes_ = as_text(blob);

  const Bytes byte_tokens = sections[TokenizerSection::byte_tokens];
  if (!byte_tokens.empty() && !is_list_of<std::uint32_t>(byte_tokens, 256))
    return TokenizerFault::bad_section;
  byte_tokens_ = PackedList<std::uint32_t>(byte_tokens);
  added_tokens_ = PackedList<formats::AddedTokenEntry>(sections[TokenizerSection::added_tokens]);
  prefix_ids_ = PackedList<std::uint32_t>(sections[TokenizerSection::prefix_ids]);
  suffix_ids_ = PackedList<std::uint32_t>(sections[TokenizerSection::suffix_ids]);
  pre_tokenizers_ = sections[TokenizerSection::pre_tokenizers];
  normalizers_ = sections[TokenizerSection::normalizers];
  added_texts_ = as_text(sections[TokenizerSection::added_texts]);
  word_characters_ = sections[TokenizerSection::word_characters];

  const Bytes scores = sections[TokenizerSection::token_scores];
  const bool unigram = settings_.model == formats::TokenizerModel::unigram;
  if (!is_list_of<float>(scores, unigram ? settings_.tokens : 0))
    return TokenizerFault::bad_section;
  scores_ = PackedList<float>(scores);
  return TokenizerFault::none;
}

TokenizerFault TokenizerFile::check_ids() const {
  const auto in_range = [this](std::uint32_t id) { return id < settings_.tokens; };
  bool ok = settings_.unknown_token == formats::kNoToken || in_range(settings_.unknown_token);
  for (std::size_t i = 0; i < byte_tokens_.size(); ++i)
    ok = ok && (byte_tokens_[i] == formats::kNoToken || in_range(byte_tokens_[i]));
  for (std::size_t i = 0; i < added_tokens_.size(); ++i) ok = ok && in_range(added_tokens_[i].id);
  for (std::size_t i = 0; i < prefix_ids_.size(); ++i) ok = ok && in_range(prefix_ids_[i]);
  for (std::size_t i = 0; i < suffix_ids_.size(); ++i) ok = ok && in_range(suffix_ids_[i]);
  return ok ? TokenizerFault::none : TokenizerFault::bad_token;
}

}  // namespace runtime::host
