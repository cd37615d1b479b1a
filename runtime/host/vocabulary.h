// SPDX-License-Identifier: Apache-2.0
// The vocabulary: from id to bytes, and from bytes to id in constant time.
//
//   vocabulary.bytes(278);                        // " the"
//   vocabulary.find(" the");                      // 278
//   vocabulary.prefixes(" these").next();         // " these", then " thes", then " the", ...
//
// The index is an open-addressing hash table of ids. Most questions to it are answered with no
// ("is this run of bytes a token?"), so one bit for each upper part of a hash stands before it,
// small enough to stay in a processor's cache; and for the four or eight bytes that tokens begin
// with, the set of these tokens' lengths says which prefixes are worth asking for at all.
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
    return {blob_.data() + starts_[id], starts_[id + 1] - starts_[id]};
  }
  std::uint32_t length(std::uint32_t id) const { return starts_[id + 1] - starts_[id]; }
  std::uint8_t flags(std::uint32_t id) const { return flags_[id]; }
  std::uint32_t rank(std::uint32_t id) const { return ranks_[id] + id; }

  // The token with kTokenMatched whose bytes are `text`; kNoToken if there is none. find_rare gives
  // the same, and is faster where the answer is mostly none.
  std::uint32_t find(std::string_view text) const;
  std::uint32_t find_rare(std::string_view text) const;

  // The tokens with kTokenWhole that a text starts with, the longest first.
  class Prefixes {
   public:
    std::uint32_t next();  // kNoToken: there is no other

   private:
    friend class Vocabulary;

    const Vocabulary* vocabulary_ = nullptr;
    std::string_view text_;
    std::uint64_t word_ = 0;     // the first bytes of the text, at most eight
    std::uint64_t lengths_ = 0;  // to be tried: bit i: i + 1
    std::size_t long_ = 0;       // and before them so many of long_lengths_
  };
  // Of tokens of at most `limit` bytes.
  Prefixes prefixes(std::string_view text, std::size_t limit = ~std::size_t{0}) const;

  // Whether texts are to be cut where joins() is false. Where a pre-tokenizer cuts them, this would
  // find next to nothing.
  bool cuts() const { return !joined_pairs_.empty(); }

  // Whether some token that comes from joining holds `left` directly before `right`. Where it is
  // false, no merge crosses the place between the two. Only for a vocabulary that cuts().
  bool joins(char left, char right) const {
    const auto pair = static_cast<std::uint32_t>(static_cast<unsigned char>(left)) << 8 |
                      static_cast<unsigned char>(right);
    return (joined_pairs_[pair >> 6] >> (pair & 63U) & 1U) != 0;
  }

 private:
  void add(std::uint32_t first, std::uint32_t end);
  void add_to_index(std::uint32_t id);
  void add_joined_pairs(std::string_view token);
  struct Key {
    std::uint64_t hash = 0;
    std::uint64_t last = 0;  // the last one to eight bytes
  };
  static Key key_of(std::string_view text);
  std::uint32_t slot_of(std::string_view text, const Key& key) const;
  bool may_hold(std::uint64_t hash) const {
    const std::uint64_t bit = hash >> filter_shift_;
    return (filter_[bit >> 6] >> (bit & 63U) & 1U) != 0;
  }

  std::string_view blob_;
  PackedList<std::uint8_t> flags_;
  PackedList<std::uint32_t> ranks_;
  std::vector<std::uint32_t> starts_;   // of each token in the blob, and the end of the last
  std::vector<std::uint64_t> words_;    // bytes of each short token (vocabulary.cpp); 0: another
  std::vector<std::uint32_t> slots_;    // part of the hash, and the id (vocabulary.cpp); 0: empty
  std::vector<std::uint64_t> filter_;   // one bit for each upper part of a hash
  std::vector<std::uint32_t> lengths_;  // by first four or eight bytes (vocabulary.cpp)
  std::vector<std::uint32_t> long_lengths_;  // those that lengths_ has no bit for, ascending
  std::vector<std::uint64_t> joined_pairs_;  // one bit for each pair of bytes
  std::uint32_t slot_shift_ = 0;             // the slot is hash >> slot_shift_
  std::uint32_t filter_shift_ = 0;
  std::uint32_t lengths_shift_ = 0;
  std::size_t longest_ = 0;  // bytes of the longest token in the slots
};

}  // namespace runtime::host
