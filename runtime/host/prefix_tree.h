// SPDX-License-Identifier: Apache-2.0
// The tokens that a text starts with, found by walking down a tree of bytes. Tokens that continue a
// word (##ing) hang under a root of their own.
//
//   tree.prefixes(PrefixTree::kStarts, "playing", take)   take(1, "p"), take(4, "play"), ...
//
// The tree is a hash table from (node, byte) to node: built in one pass when a tokenizer is opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/host/vocabulary.h"

namespace runtime::host {

class PrefixTree {
 public:
  static constexpr std::uint32_t kStarts = 0;
  static constexpr std::uint32_t kContinues = 1;

  // The tokens with kTokenWhole. Nothing if their bytes are too many.
  static std::optional<PrefixTree> of(const Vocabulary& vocabulary);

  // Calls `take(bytes, token)` for each token under `root` that `text` starts with, shortest first.
  template <class Take>
  void prefixes(std::uint32_t root, std::string_view text, Take&& take) const {
    std::uint32_t node = root;
    for (std::size_t i = 0; i < text.size(); ++i) {
      node = child(node, text[i]);
      if (node == kNone) return;
      if (tokens_[node] != formats::kNoToken) take(i + 1, tokens_[node]);
    }
  }

 private:
  static constexpr std::uint32_t kNone = 0;  // no root is anybody's child
  static constexpr std::uint32_t kMostNodes = 1U << 24;

  struct Edge {
    std::uint32_t key = 0;  // node << 8 | byte
    std::uint32_t node = kNone;
  };

  std::uint32_t child(std::uint32_t node, char byte) const { return edges_[slot(node, byte)].node; }
  std::size_t slot(std::uint32_t node, char byte) const {
    const std::uint32_t key = node << 8 | static_cast<unsigned char>(byte);
    const std::size_t mask = edges_.size() - 1;
    // The constant is 2^32 divided by the golden ratio.
    std::size_t at = (key * 0x9e37'79b9U) >> shift_;
    while (edges_[at].node != kNone && edges_[at].key != key) at = (at + 1) & mask;
    return at;
  }
  void insert(std::string_view bytes, std::uint32_t root, std::uint32_t token);
  void grow();

  std::vector<Edge> edges_ = std::vector<Edge>(2);  // open addressing; a power of two
  int shift_ = 31;                                  // 32 less the logarithm of its size
  std::vector<std::uint32_t> tokens_ = {formats::kNoToken, formats::kNoToken};  // of each node
};

}  // namespace runtime::host
