// SPDX-License-Identifier: Apache-2.0
// The vocabulary: from id to bytes, and from bytes to id in constant time.
//
//   vocabulary.bytes(278);       // " the"
//   vocabulary.find(" the");     // 278
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/tokenizer_file.h"

namespace runtime::host {

class Vocabulary {
 public:
  // One pass over the tokens. The bytes behind `file` must outlive the vocabulary.
  explicit Vocabulary(const TokenizerFile& file);

  std::uint32_t size() const { return static_cast<std::uint32_t>(flags_.size()); }
  // Below, `id` must be less than size().
  std::string_view bytes(std::uint32_t id) const {
    return blob_.substr(starts_[id], starts_[id + 1] - starts_[id]);
  }
  std::uint8_t flags(std::uint32_t id) const { return flags_[id]; }
  std::uint32_t rank(std::uint32_t id) const { return ranks_[id] + id; }

  // The token with kTokenMatched whose bytes are `text`; kNoToken if there is none.
  std::uint32_t find(std::string_view text) const;

  // Whether some token that comes from joining holds `left` directly before `right`. Where it is
  // false, no merge crosses the place between the two.
  bool joins(char left, char right) const {
    const auto pair = static_cast<std::uint32_t>(static_cast<unsigned char>(left)) << 8 |
                      static_cast<unsigned char>(right);
    return (joined_pairs_[pair >> 6] >> (pair & 63U) & 1U) != 0;
  }

 private:
  // The tag is the upper half of the hash: a lookup that fails seldom touches a token's bytes.
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t id = formats::kNoToken;
  };

  void insert(std::uint32_t id);

  std::string_view blob_;
  PackedList<std::uint8_t> flags_;
  PackedList<std::uint32_t> ranks_;
  std::vector<std::uint32_t> starts_;        // of each token in the blob, and the end of the last
  std::vector<Slot> slots_;                  // open addressing; the size is a power of two
  std::vector<std::uint64_t> joined_pairs_;  // one bit for each pair of bytes
  std::size_t longest_ = 0;                  // bytes of the longest token in the slots
};

}  // namespace runtime::host
