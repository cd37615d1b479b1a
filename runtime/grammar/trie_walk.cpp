// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/trie_walk.h"

#include <span>

#include "runtime/host/utf8.h"

namespace runtime::grammar {

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
