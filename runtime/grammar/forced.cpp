// SPDX-License-Identifier: Apache-2.0
// Matcher: text that must come next. A model need not be asked for it; but it should read it in the
// tokens that a tokenizer would have chosen, so the last ones wait where what follows may join
// them.
#include <algorithm>

#include "runtime/grammar/byte_string.h"
#include "runtime/grammar/matcher.h"

namespace runtime::grammar {
namespace {

constexpr std::size_t kMaxJoined = 4;  // tokens at the end that one longer token may replace

}  // namespace

// Goes on from `place` as long as there is one way; how many bytes.
std::size_t Matcher::forced_bytes(Place& place, std::size_t limit) {
  Chart& chart = constraint_->chart();
  std::size_t count = 0;
  for (; count < limit && !place.complete; ++count) {
    unsigned ways = 0;
    std::uint8_t only = 0;
    for (unsigned byte = 0; byte < 256 && ways < 2; ++byte) {
      const auto candidate = static_cast<std::uint8_t>(byte);
      if (chart.lexer().next(place.tuple, candidate) == Tuple::kDead) continue;
      only = candidate;
      ++ways;
    }
    Place next;
    if (ways != 1 ||
        !chart.step(recognizer_.trace(), place, only, recognizer_.size() + count, next))
      break;
    place = next;
  }
  return count;
}

std::string_view Matcher::forced_text(std::size_t limit) {
  if (ended_ || begin() != Outcome::done) return {};
  Place place = recognizer_.place();
  const std::size_t count = forced_bytes(place, limit);
  return std::string_view(recognizer_.trace().text).substr(recognizer_.size(), count);
}

std::size_t Matcher::forced_count(std::span<const std::uint32_t> tokens) {
  ByteString text;
  for (const std::uint32_t token : tokens) text += constraint_->index().text(token);
  if (text.empty() || !forced_text().starts_with(text)) return 0;

  Place place = recognizer_.place();
  const std::size_t position = recognizer_.size() + forced_bytes(place, text.size());
  std::size_t count = tokens.size();
  std::size_t suffix = 0;
  for (std::size_t last = 1; last <= std::min(kMaxJoined, tokens.size()); ++last) {
    suffix += constraint_->index().text(tokens[tokens.size() - last]).size();
    if (may_grow(std::string_view(text).substr(text.size() - suffix), place, position))
      count = tokens.size() - last;
  }
  return count;
}

// Whether there is a token `suffix` + t, where t, not empty, may follow `place`.
bool Matcher::may_grow(std::string_view suffix, const Place& place, std::size_t position) {
  const TokenIndex& index = constraint_->index();
  const auto grows = [&](const TokenTrie& trie) { return may_grow(trie, suffix, place, position); };
  return grows(index.short_tokens().inside()) || grows(index.short_tokens().rest()) ||
         grows(index.long_tokens().inside()) || grows(index.long_tokens().rest());
}

bool Matcher::may_grow(const TokenTrie& trie, std::string_view suffix, const Place& place,
                       std::size_t position) {
  const auto nodes = trie.nodes();
  std::uint32_t at = 0;
  auto end = static_cast<std::uint32_t>(nodes.size());
  for (const char byte : suffix) {
    while (at < end && nodes[at].byte() != static_cast<std::uint8_t>(byte)) at += nodes[at].size();
    if (at >= end) return false;
    end = at + nodes[at].size();
    ++at;
  }
  return TrieWalk().finds_any(trie, at, end,
                              {constraint_->chart(), recognizer_.trace(), place, position});
}

}  // namespace runtime::grammar
