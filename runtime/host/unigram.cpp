// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/unigram.h"

#include <algorithm>

#include "runtime/host/byte_fallback.h"
#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::kNoToken;

constexpr double kPenalty = 10;  // for a character that no token covers

}  // namespace

Unigram::Unigram(const TokenizerFile& file)
    : settings_(file.settings()), byte_tokens_(file.byte_tokens()), scores_(file.token_scores()) {
  for (std::size_t id = 0; id < scores_.size(); ++id)
    score_of_uncovered_ = std::min(score_of_uncovered_, static_cast<double>(scores_[id]));
  score_of_uncovered_ -= kPenalty;
}

void Unigram::encode(const PrefixTree& tree, std::string_view piece, Scratch& scratch,
                     std::vector<std::uint32_t>& out) const {
  find_best(tree, piece, scratch);
  scratch.ends.clear();
  for (std::size_t end = piece.size(); end > 0; end = scratch.best[end].start)
    scratch.ends.push_back(static_cast<std::uint32_t>(end));
  std::size_t uncovered = 0;  // bytes before the token at hand
  const auto put_before = [&](std::size_t end) {
    if (uncovered > 0) put_uncovered(piece.substr(end - uncovered, uncovered), out);
    uncovered = 0;
  };
  for (auto end = scratch.ends.rbegin(); end != scratch.ends.rend(); ++end) {
    const Scratch::Best& best = scratch.best[*end];
    if (best.token == kNoToken) {
      uncovered += *end - best.start;
      continue;
    }
    put_before(best.start);
    out.push_back(best.token);
  }
  put_before(piece.size());
}

void Unigram::find_best(const PrefixTree& tree, std::string_view piece, Scratch& scratch) const {
  constexpr std::uint32_t kUnreached = 0xffff'ffffU;
  scratch.best.assign(piece.size() + 1, {.start = kUnreached});
  for (std::size_t start = 0; start < piece.size();) {
    const double before = start == 0 ? 0 : scratch.best[start].score;
    const auto reach = [&](std::size_t bytes, std::uint32_t token, double score) {
      Scratch::Best& best = scratch.best[start + bytes];
      if (best.start != kUnreached && best.score >= before + score) return;
      best = {before + score, static_cast<std::uint32_t>(start), token};
    };
    const std::size_t character = decode_utf8(piece.substr(start)).bytes;
    bool covered = false;
    tree.prefixes(PrefixTree::kStarts, piece.substr(start), [&](std::size_t bytes, auto token) {
      covered = covered || bytes == character;
      reach(bytes, token, scores_[token]);
    });
    if (!covered) reach(character, kNoToken, score_of_uncovered_);
    start += character;
  }
}

// Neighbouring characters that no token covers: their bytes' tokens, or one unknown token.
void Unigram::put_uncovered(std::string_view text, std::vector<std::uint32_t>& out) const {
  if (put_bytes(byte_tokens_, text, out)) return;
  if (settings_.unknown_token != kNoToken) out.push_back(settings_.unknown_token);
}

}  // namespace runtime::host
