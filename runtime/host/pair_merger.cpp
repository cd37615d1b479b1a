// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/pair_merger.h"

#include <algorithm>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::kNoToken;

}  // namespace

void PairMerger::encode(std::string_view piece, Scratch& scratch,
                        std::vector<std::uint32_t>& out) const {
  scratch.after_unknown = false;
  const std::uint32_t token = vocabulary_->find(piece);
  if (token != kNoToken &&
      (vocabulary_->flags(token) & (formats::kTokenPiece | formats::kTokenWhole)) != 0) {
    out.push_back(token);
    return;
  }
  if (!vocabulary_->cuts()) return walk(piece, scratch, out);
  const bool characters = (settings_.flags & formats::kTextBytes) == 0;
  std::size_t start = 0;
  for (std::size_t i = 1; i < piece.size(); ++i) {
    if (vocabulary_->joins(piece[i - 1], piece[i])) continue;
    if (characters && is_utf8_continuation(piece[i])) continue;
    encode_cut(piece.substr(start, i - start), scratch, out);
    start = i;
  }
  encode_cut(piece.substr(start), scratch, out);
}

void PairMerger::encode_cut(std::string_view cut, Scratch& scratch,
                            std::vector<std::uint32_t>& out) const {
  const std::uint32_t whole = vocabulary_->find(cut);
  if (whole != kNoToken && (vocabulary_->flags(whole) & formats::kTokenWhole) != 0) {
    scratch.after_unknown = false;
    out.push_back(whole);
    return;
  }
  walk(cut, scratch, out);
}

void PairMerger::walk(std::string_view cut, Scratch& scratch,
                      std::vector<std::uint32_t>& out) const {
  const bool bytes = (settings_.flags & formats::kTextBytes) != 0;
  scratch.dead_ends.assign(cut.size() / 64 + 1, 0);
  std::size_t first = out.size();  // of the tokens that a step back may take away
  std::size_t limit = cut.size();  // the next token is at most so long
  for (std::size_t at = 0; at < cut.size();) {
    const std::uint32_t before = out.size() > first ? out.back() : kNoToken;
    const std::uint32_t token = next_token(cut, at, limit, before, scratch);
    if (token != kNoToken) {
      out.push_back(token);
      scratch.after_unknown = false;
      at += vocabulary_->length(token);
      limit = cut.size();
    } else if (before != kNoToken && (limit < cut.size() || !is_uncovered(cut.substr(at)))) {
      scratch.dead_ends[at / 64] |= std::uint64_t{1} << (at % 64);
      out.pop_back();
      at -= vocabulary_->length(before);
      limit = vocabulary_->length(before) - 1;
    } else {
      const std::size_t length = bytes ? 1 : decode_utf8(cut.substr(at)).bytes;
      put_uncovered(cut.substr(at, length), scratch, out);
      first = out.size();
      at += length;
      limit = cut.size();
    }
  }
}

// The longest token that `cut` goes on with at `at`, of at most `limit` bytes, that can stand after
// the token `before` and does not lead to a dead end.
std::uint32_t PairMerger::next_token(std::string_view cut, std::size_t at, std::size_t limit,
                                     std::uint32_t before, Scratch& scratch) const {
  const std::string_view rest = cut.substr(at);
  Vocabulary::Prefixes prefixes = vocabulary_->prefixes(rest, limit);
  while (true) {
    const std::uint32_t token = prefixes.next();
    if (token == kNoToken) return kNoToken;
    const std::size_t end = at + vocabulary_->length(token);
    const bool dead = (scratch.dead_ends[end / 64] >> (end % 64) & 1U) != 0;
    if (!dead && (before == kNoToken || borders_.holds(before, token, cut, at, scratch.borders)))
      return token;
  }
}

// Whether no token at all begins here: merges stop before and after such a character.
bool PairMerger::is_uncovered(std::string_view rest) const {
  return vocabulary_->prefixes(rest).next() == kNoToken;
}

// A character that no token covers: its bytes' own tokens, or else the unknown token.
void PairMerger::put_uncovered(std::string_view character, Scratch& scratch,
                               std::vector<std::uint32_t>& out) const {
  const auto byte_token = [this](char byte) {
    return byte_tokens_[static_cast<unsigned char>(byte)];
  };
  const bool as_bytes = byte_tokens_.size() == 256 &&
                        std::all_of(character.begin(), character.end(),
                                    [&](char byte) { return byte_token(byte) != kNoToken; });
  if (as_bytes) {
    for (const char byte : character) out.push_back(byte_token(byte));
    scratch.after_unknown = false;
    return;
  }
  if (settings_.unknown_token == kNoToken) return;
  const bool fuse = scratch.after_unknown && (settings_.flags & formats::kTextFuseUnknown) != 0;
  if (!fuse) out.push_back(settings_.unknown_token);
  scratch.after_unknown = true;
}

}  // namespace runtime::host
