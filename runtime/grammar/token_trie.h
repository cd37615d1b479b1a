// SPDX-License-Identifier: Apache-2.0
// TokenTrie: texts of tokens as one flat list of nodes in the order of a depth-first walk, so that
// a walk reads memory forwards and leaves out a subtree by one addition.
//
//   texts  "a" (7), "ab" (9), "b" (8)
//   nodes  a (7) size 2, b (9) size 1, b (8) size 1
//
// Walking it with a chart gives the tokens that may come next: trie_walk.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/grammar/list.h"
#include "runtime/grammar/string_characters.h"

namespace runtime::grammar {

struct TokenText {
  std::string_view text;
  std::uint32_t id = 0;
};

class TokenTrie {
 public:
  static constexpr std::uint32_t kMaxNodes = 1U << 24;

  struct Node {
    std::uint32_t byte_and_size = 0;  // size: nodes of the subtree, this one included
    std::uint32_t tokens = 0;         // first and end in ids(): see tokens_of

    std::uint8_t byte() const { return static_cast<std::uint8_t>(byte_and_size); }
    std::uint32_t size() const { return byte_and_size >> 8; }
  };

  TokenTrie() = default;
  // Tokens without text and those beyond kMaxNodes are left out. The texts are not kept.
  explicit TokenTrie(List<TokenText> tokens);

  std::span<const Node> nodes() const { return nodes_; }
  std::uint32_t height() const { return height_; }  // bytes of the longest text
  // What the texts below a node add to its own.
  struct Below {
    Kinds kinds = 0;          // of characters
    std::uint32_t bytes = 0;  // at the most
  };
  const Below& below(std::size_t index) const { return below_[index]; }
  std::span<const std::uint32_t> ids() const { return ids_; }
  // The tokens that have exactly the text of node `index`.
  std::span<const std::uint32_t> tokens_of(std::size_t index) const {
    return tokens_between(index, index + 1);
  }
  // And those below it.
  std::span<const std::uint32_t> tokens_from(std::size_t index) const {
    return tokens_between(index, index + nodes_[index].size());
  }

 private:
  std::span<const std::uint32_t> tokens_between(std::size_t first, std::size_t end) const {
    const std::size_t end_id = end < nodes_.size() ? nodes_[end].tokens : ids_.size();
    return std::span(ids_).subspan(nodes_[first].tokens, end_id - nodes_[first].tokens);
  }

  List<Node> nodes_;
  List<Below> below_;        // of each node
  List<std::uint32_t> ids_;  // in the order of the nodes
  std::uint32_t height_ = 0;
};

}  // namespace runtime::grammar
