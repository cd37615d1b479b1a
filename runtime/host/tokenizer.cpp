// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/tokenizer.h"

#include <algorithm>

#include "runtime/host/detokenizer.h"
#include "runtime/host/words.h"

namespace runtime::host {
namespace {

using formats::LeadingSpace;
using formats::TokenizerModel;

bool wants_leading_space(std::string_view text, bool at_start, LeadingSpace rule) {
  switch (rule) {
    case LeadingSpace::always:
      return true;
    case LeadingSpace::unless_present:
      return !text.starts_with(' ');
    case LeadingSpace::first_unless_present:
      return at_start && !text.starts_with(' ');
    case LeadingSpace::never:
      break;
  }
  return false;
}

}  // namespace

std::optional<Tokenizer> Tokenizer::open(std::span<const std::byte> bytes, TokenizerFault& fault) {
  const std::optional<TokenizerFile> file = TokenizerFile::open(bytes, fault);
  if (!file) return std::nullopt;
  Tokenizer tokenizer(*file);
  fault = tokenizer.open_parts();
  if (fault != TokenizerFault::none) return std::nullopt;
  return tokenizer;
}

Tokenizer::Tokenizer(const TokenizerFile& file)
    : file_(file), vocabulary_(std::make_unique<const Vocabulary>(file)), unigram_(file) {}

TokenizerFault Tokenizer::open_parts() {
  std::optional<AddedTokens> added = AddedTokens::open(file_, *vocabulary_);
  if (!added) return TokenizerFault::bad_token;
  added_tokens_ = *std::move(added);
  std::optional<Normalizer> normalizer = Normalizer::open(file_.normalizers(), settings());
  if (!normalizer) return TokenizerFault::bad_normalizer;
  normalizer_ = *std::move(normalizer);
  std::optional<PreTokenizer> pre_tokenizer = PreTokenizer::open(file_.pre_tokenizers());
  if (!pre_tokenizer) return TokenizerFault::bad_pre_tokenizer;
  pre_tokenizer_ = *std::move(pre_tokenizer);
  if (settings().model == TokenizerModel::merges) return TokenizerFault::none;
  prefix_tree_ = PrefixTree::of(*vocabulary_);
  return prefix_tree_ ? TokenizerFault::none : TokenizerFault::bad_vocabulary;
}

std::vector<std::uint32_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::vector<std::uint32_t> ids;
  Scratch scratch;
  encode(text, options, scratch, ids);
  return ids;
}

void Tokenizer::encode(std::string_view text, EncodeOptions options, Scratch& scratch,
                       std::vector<std::uint32_t>& ids) const {
  ids.clear();
  const auto append = [&ids](const PackedList<std::uint32_t>& list) {
    for (std::size_t i = 0; i < list.size(); ++i) ids.push_back(list[i]);
  };
  if (options.add_special) append(file_.prefix_ids());
  const std::size_t prefix = ids.size();
  cut_at_added(text, AddedTokens::Pass::first, true, options, ids,
               [&](std::string_view segment, bool at_start) {
                 segment = normalizer_.apply(segment, scratch.normalizer);
                 cut_at_added(segment, AddedTokens::Pass::second, at_start, options, ids,
                              [&](std::string_view part, bool first) {
                                encode_text(part, first, options, scratch, ids);
                              });
               });
  const std::span<const std::uint32_t> own = std::span(ids).subspan(prefix);
  if (options.special_once && own.size() >= prefix &&
      std::equal(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(prefix), ids.begin()))
    ids.erase(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(prefix));
  if (options.add_special) append(file_.suffix_ids());
}

template <class Between>
void Tokenizer::cut_at_added(std::string_view text, AddedTokens::Pass pass, bool at_start,
                             const EncodeOptions& options, std::vector<std::uint32_t>& out,
                             Between&& between) const {
  std::size_t done = 0;
  const auto put_between = [&](std::size_t end) {
    if (done < end) between(text.substr(done, end - done), at_start && done == 0);
  };
  while (const auto match = added_tokens_.find(text, done, pass, options.parse_special)) {
    put_between(match->start);
    out.push_back(match->token);
    done = match->end;
  }
  put_between(text.size());
}

void Tokenizer::encode_text(std::string_view text, bool at_start, const EncodeOptions& options,
                            Scratch& scratch, std::vector<std::uint32_t>& out) const {
  const LeadingSpace rule = settings().leading_space;
  const bool space = rule != LeadingSpace::always && wants_leading_space(text, at_start, rule);
  const bool sentinels = options.guarded && text.find(kSentinel) != std::string_view::npos;
  if (space || sentinels) {
    scratch.pieces.assign(space ? " " : "");
    sentinels ? append_unguarded(text, scratch.pieces) : (void)scratch.pieces.append(text);
    text = scratch.pieces;
  }
  switch (settings().model) {
    case TokenizerModel::merges: {
      const PairMerger merger(file_, *vocabulary_);
      return pre_tokenizer_.split(
          text, [&](std::string_view piece) { merger.encode(piece, scratch.merger, out); });
    }
    case TokenizerModel::unigram:
      return pre_tokenizer_.split(text, [&](std::string_view piece) {
        unigram_.encode(*prefix_tree_, piece, scratch.unigram, out);
      });
    case TokenizerModel::words:
      return pre_tokenizer_.split(
          text, [&](std::string_view word) { encode_word(*prefix_tree_, settings(), word, out); });
  }
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

bool Tokenizer::takes_space(std::uint32_t id) const {
  if ((settings().flags & formats::kTextSpaceBetween) == 0 || id >= size()) return false;
  return (vocabulary_->flags(id) & (formats::kTokenContinues | formats::kTokenCloses)) == 0;
}

std::optional<std::uint32_t> Tokenizer::added_token(std::string_view text) const {
  for (const AddedTokens::Pass pass : {AddedTokens::Pass::first, AddedTokens::Pass::second}) {
    const auto match = added_tokens_.find(text, 0, pass, true);
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
