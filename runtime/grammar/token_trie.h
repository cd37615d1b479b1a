// SPDX-License-Identifier: Apache-2.0
// TokenTrie: texts of tokens as one flat list of nodes in the order of a depth-first walk, so that
// a walk reads memory forwards and leaves out a subtree by one addition.
//
//   texts  "a" (7), "ab" (9), "b" (8)
//   nodes  a (7) size 2, b (9) size 1, b (8) size 1
//
// Walking it with a chart gives the tokens that may come next: TrieWalk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/grammar/chart.h"

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
  explicit TokenTrie(std::vector<TokenText> tokens);

  std::span<const Node> nodes() const { return nodes_; }
  std::uint32_t height() const { return height_; }  // bytes of the longest text
  // The tokens that have exactly the text of node `index`.
  std::span<const std::uint32_t> tokens_of(std::size_t index) const {
    const std::uint32_t end = index + 1 < nodes_.size() ? nodes_[index + 1].tokens
                                                        : static_cast<std::uint32_t>(ids_.size());
    return {ids_.data() + nodes_[index].tokens, end - nodes_[index].tokens};
  }

 private:
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> ids_;  // in the order of the nodes
  std::uint32_t height_ = 0;
};

// Goes down a trie as far as a chart allows.
class TrieWalk {
 public:
  // Appends to `found` the tokens whose text may follow `from`, which lies after `position` bytes
  // of the trace's text. False if the grammar's fuel ran out.
  bool run(const TokenTrie& trie, Chart& chart, Trace& trace, const Place& from,
           std::size_t position, std::vector<std::uint32_t>& found);

  // Whether there is such a token in nodes [first, end), which are whole subtrees of one node.
  bool finds_any(const TokenTrie& trie, std::uint32_t first, std::uint32_t end, Chart& chart,
                 Trace& trace, const Place& from, std::size_t position);

 private:
  struct Frame {
    Place place;
    std::uint32_t end = 0;  // of the subtree that is walked from this place
  };

  // Calls visit(node) for each node that may follow; stops where it gives false.
  template <class Visit>
  void walk(const TokenTrie& trie, std::uint32_t first, std::uint32_t end, Chart& chart,
            Trace& trace, const Place& from, std::size_t position, Visit&& visit);

  std::vector<Frame> frames_;
};

}  // namespace runtime::grammar
