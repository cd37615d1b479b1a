// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/token_trie.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar {
namespace {

struct Keyed {
  std::uint64_t key = 0;  // the first eight bytes, the first one on top
  TokenText token;
};

std::uint64_t key_of(std::string_view text) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < 8; ++i)
    key = key << 8 | (i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U);
  return key;
}

// By the first eight bytes in eight passes; what is equal in those is compared.
void sort_by_text(List<Keyed>& tokens) {
  List<Keyed> sorted(tokens.size());
  for (unsigned shift = 0; shift < 64; shift += 8) {
    std::array<std::uint32_t, 257> starts{};
    for (const Keyed& token : tokens) ++starts[(token.key >> shift & 0xff) + 1];
    for (std::size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    for (const Keyed& token : tokens) sorted[starts[token.key >> shift & 0xff]++] = token;
    std::swap(tokens, sorted);
  }
  for (auto first = tokens.begin(); first != tokens.end();) {
    const auto end = std::find_if(first, tokens.end(),
                                  [&](const Keyed& token) { return token.key != first->key; });
    heap_sort(std::span(first, end), [](const Keyed& a, const Keyed& b) {
      return a.token.text != b.token.text ? a.token.text < b.token.text : a.token.id < b.token.id;
    });
    first = end;
  }
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

}  // namespace

TokenTrie::TokenTrie(List<TokenText> tokens) {
  List<Keyed> sorted;
  sorted.reserve(tokens.size());
  for (const TokenText& token : tokens)
    if (!token.text.empty()) sorted.push_back({key_of(token.text), token});
  tokens = {};
  sort_by_text(sorted);

  ids_.reserve(sorted.size());
  nodes_.reserve(2 * sorted.size());
  List<std::uint32_t> path;  // nodes on the way to the last one
  const auto leave = [&](std::size_t depth) {
    while (path.size() > depth) {
      const std::uint32_t node = path.back();
      path.pop_back();
      nodes_[node].byte_and_size |= (static_cast<std::uint32_t>(nodes_.size()) - node) << 8;
      if (path.empty()) return;
      Below& above = below_[path.back()];
      above.kinds |= below_[node].kinds | kKindOfByte[nodes_[node].byte()];
      above.bytes = std::max(above.bytes, below_[node].bytes + 1);
    }
  };
  std::string_view last;
  for (const Keyed& next : sorted) {
    const std::string_view text = next.token.text;
    const std::size_t shared = common_prefix(last, text);
    if (nodes_.size() + text.size() - shared >= kMaxNodes) break;
    leave(shared);
    for (std::size_t i = shared; i < text.size(); ++i) {
      path.push_back(static_cast<std::uint32_t>(nodes_.size()));
      nodes_.push_back(
          {static_cast<std::uint8_t>(text[i]), static_cast<std::uint32_t>(ids_.size())});
      below_.emplace_back();
    }
    ids_.push_back(next.token.id);
    height_ = std::max(height_, static_cast<std::uint32_t>(text.size()));
    last = text;
  }
  leave(0);
}

void TrieWalk::walk(const TokenTrie& trie, std::uint32_t first, std::uint32_t end,
                    const Reading& reading, const Search& search) {
  Chart& chart = reading.chart;
  const std::span<const TokenTrie::Node> nodes = trie.nodes();
  frames_.resize(trie.height() + 1);
  frames_[0] = {reading.from, end};
  std::size_t depth = 0;
  for (std::uint32_t at = first; at < end;) {
    while (at >= frames_[depth].end) --depth;
    const TokenTrie::Node node = nodes[at];
    const std::uint32_t next = at + node.size();
    const bool is_leaf = node.size() == 1;
    const Place& place = frames_[depth].place;
    Frame& below = frames_[depth + 1];
    const std::size_t position = reading.position + depth;
    if (!(is_leaf ? chart.allows(reading.trace, place, node.byte(), position)
                  : chart.step(reading.trace, place, node.byte(), position, below.place))) {
      if (search.others) search.found.append(trie.tokens_from(at));
      at = next;
      continue;
    }
    // Between characters, that is.
    const bool all_below =
        search.lookahead != nullptr && !is_leaf &&
        !host::is_utf8_continuation(static_cast<char>(nodes[at + 1].byte())) &&
        search.lookahead->allows_all(below.place.tuple, trie.below(at).kinds, trie.below(at).bytes);
    if (!search.others) {
      search.found.append(all_below ? trie.tokens_from(at) : trie.tokens_of(at));
      if (search.only_one && !search.found.empty()) return;
    }
    if (!is_leaf && !all_below) {
      below.end = next;
      ++depth;
    }
    at = all_below ? next : at + 1;
  }
}

bool TrieWalk::run(const TokenTrie& trie, const Reading& reading, List<std::uint32_t>& found,
                   Lookahead* lookahead, bool others) {
  walk(trie, 0, static_cast<std::uint32_t>(trie.nodes().size()), reading,
       {found, lookahead, others});
  return !reading.chart.grammar().fuel().exhausted();
}

bool TrieWalk::finds_any(const TokenTrie& trie, std::uint32_t first, std::uint32_t end,
                         const Reading& reading) {
  List<std::uint32_t> found;
  walk(trie, first, end, reading, {.found = found, .only_one = true});
  return !found.empty();
}

}  // namespace runtime::grammar
