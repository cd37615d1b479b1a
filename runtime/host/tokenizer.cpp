// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/tokenizer.h"

#include "runtime/host/detokenizer.h"
#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::LeadingSpace;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";  // U+2581

bool wants_leading_space(std::string_view text, bool at_start,
                         const formats::TokenizerSettings& settings) {
  const bool marks = (settings.flags & formats::kTextSpaceMark) != 0;
  const bool present = text.starts_with(' ') || (marks && text.starts_with(kSpaceMark));
  switch (settings.leading_space) {
    case LeadingSpace::always:
      return true;
    case LeadingSpace::unless_present:
      return !present;
    case LeadingSpace::first_unless_present:
      return at_start && !present;
    case LeadingSpace::never:
      break;
  }
  return false;
}

void append_with_spaces_for_marks(std::string_view text, std::string& out) {
  std::size_t from = 0;
  for (std::size_t at = text.find(kSpaceMark); at != std::string_view::npos;
       at = text.find(kSpaceMark, from)) {
    out.append(text.substr(from, at - from)).push_back(' ');
    from = at + kSpaceMark.size();
  }
  out.append(text.substr(from));
}

}  // namespace

std::optional<Tokenizer> Tokenizer::open(std::span<const std::byte> bytes, TokenizerFault& fault) {
  const std::optional<TokenizerFile> file = TokenizerFile::open(bytes, fault);
  if (!file) return std::nullopt;
  Tokenizer tokenizer(*file);
  std::optional<AddedTokens> added = AddedTokens::open(*file, *tokenizer.vocabulary_);
  if (!added) {
    fault = TokenizerFault::bad_token;
    return std::nullopt;
  }
  std::optional<PreTokenizer> pre_tokenizer = PreTokenizer::open(file->pre_tokenizers());
  if (!pre_tokenizer) {
    fault = TokenizerFault::bad_pre_tokenizer;
    return std::nullopt;
  }
  tokenizer.added_tokens_ = *std::move(added);
  tokenizer.pre_tokenizer_ = *std::move(pre_tokenizer);
  return tokenizer;
}

Tokenizer::Tokenizer(const TokenizerFile& file)
    : file_(file), vocabulary_(std::make_unique<const Vocabulary>(file)) {}

std::vector<std::uint32_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::vector<std::uint32_t> ids;
  const auto append = [&ids](const PackedList<std::uint32_t>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) ids.push_back(list[i]);
  };
  Scratch scratch;
  if (options.add_special) append(file_.prefix_ids());
  encode_segments(text, AddedTokens::Pass::first, true, options, scratch, ids);
  if (options.add_special) append(file_.suffix_ids());
  return ids;
}

// Cuts `text` at its added tokens; what lies between them goes on to the next pass, or is encoded.
void Tokenizer::encode_segments(std::string_view text, AddedTokens::Pass pass, bool at_start,
                                const EncodeOptions& options, Scratch& scratch,
                                std::vector<std::uint32_t>& out) const {
  const auto encode_between = [&](std::size_t start, std::size_t end) {
    if (start == end) return;
    const std::string_view segment = text.substr(start, end - start);
    const bool first = at_start && start == 0;
    if (pass == AddedTokens::Pass::first && added_tokens_.has(AddedTokens::Pass::second))
      encode_segments(segment, AddedTokens::Pass::second, first, options, scratch, out);
    else
      encode_text(segment, first, scratch, out);
  };
  std::size_t done = 0;
  while (const auto match =
             added_tokens_.find(*vocabulary_, text, done, pass, options.parse_special)) {
    encode_between(done, match->start);
    out.push_back(match->token);
    done = match->end;
  }
  encode_between(done, text.size());
}

void Tokenizer::encode_text(std::string_view text, bool at_start, Scratch& scratch,
                            std::vector<std::uint32_t>& out) const {
  const formats::TokenizerSettings& settings = file_.settings();
  scratch.text.clear();
  if (wants_leading_space(text, at_start, settings)) scratch.text.push_back(' ');
  if ((settings.flags & formats::kTextSpaceMark) != 0)
    append_with_spaces_for_marks(text, scratch.text);
  else
    scratch.text.append(text);
  const PairMerger merger(file_, *vocabulary_);
  pre_tokenizer_.split(scratch.text,
                       [&](std::string_view piece) { merger.encode(piece, scratch.merger, out); });
}

std::string_view Tokenizer::token_bytes(std::uint32_t id) const {
  return id < size() ? vocabulary_->bytes(id) : std::string_view();
}

bool Tokenizer::is_control(std::uint32_t id) const {
  return id < size() && (vocabulary_->flags(id) & formats::kTokenControl) != 0;
}

bool Tokenizer::is_absent(std::uint32_t id) const {
  return id >= size() || (vocabulary_->flags(id) & formats::kTokenAbsent) != 0;
}

std::optional<std::uint32_t> Tokenizer::added_token(std::string_view text) const {
  for (const AddedTokens::Pass pass : {AddedTokens::Pass::first, AddedTokens::Pass::second}) {
    const auto match = added_tokens_.find(*vocabulary_, text, 0, pass, true);
    if (match && match->start == 0 && token_bytes(match->token) == text) return match->token;
  }
  return std::nullopt;
}

std::string Tokenizer::decode(std::span<const std::uint32_t> ids) const {
  std::string text;
  Detokenizer detokenizer(*this);
  for (const std::uint32_t id : ids) detokenizer.push(id, text);
  detokenizer.flush(text);
  return text;
}

}  // namespace runtime::host
