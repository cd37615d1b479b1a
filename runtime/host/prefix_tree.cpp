// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/prefix_tree.h"

namespace runtime::host {

std::optional<PrefixTree> PrefixTree::of(const Vocabulary& vocabulary) {
  PrefixTree tree;
  for (std::uint32_t id = 0; id < vocabulary.size(); ++id) {
    const std::uint8_t flags = vocabulary.flags(id);
    if ((flags & formats::kTokenWhole) == 0) continue;
    const std::string_view bytes = vocabulary.bytes(id);
    if (tree.tokens_.size() + bytes.size() >= kMostNodes) return std::nullopt;
    tree.insert(bytes, (flags & formats::kTokenContinues) != 0 ? kContinues : kStarts, id);
  }
  return tree;
}

// Of two tokens with the same bytes the first is found.
void PrefixTree::insert(std::string_view bytes, std::uint32_t root, std::uint32_t token) {
  std::uint32_t node = root;
  for (const char byte : bytes) {
    if (2 * tokens_.size() > edges_.size()) grow();
    Edge& edge = edges_[slot(node, byte)];
    if (edge.node == kNone) {
      edge = {node << 8 | static_cast<unsigned char>(byte),
              static_cast<std::uint32_t>(tokens_.size())};
      tokens_.push_back(formats::kNoToken);
    }
    node = edge.node;
  }
  if (node != root && tokens_[node] == formats::kNoToken) tokens_[node] = token;
}

void PrefixTree::grow() {
  std::vector<Edge> old(2 * edges_.size());
  old.swap(edges_);
  --shift_;
  for (const Edge& edge : old)
    if (edge.node != kNone) edges_[slot(edge.key >> 8, static_cast<char>(edge.key))] = edge;
}

}  // namespace runtime::host
