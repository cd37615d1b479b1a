// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/token_trie.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "runtime/grammar/heap_sort.h"
#include "runtime/grammar/list.h"

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

}  // namespace runtime::grammar
