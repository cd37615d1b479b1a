// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace runtime::host {
namespace {

std::uint64_t load(const char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, count);
  return value;
}

// Multiply and fold, eight bytes at a time. The constant is 2^64 divided by the golden ratio.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::uint64_t kFactor = 0x9e37'79b9'7f4a'7c15U;
  const char* at = text.data();
  std::size_t rest = text.size();
  std::uint64_t hash = rest * kFactor;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32;
  };
  for (; rest >= 8; at += 8, rest -= 8) mix(load(at, 8));
  if (rest >= 4) {
    mix(load(at, 4) | load(at + rest - 4, 4) << 32);
  } else if (rest > 0) {
    mix(load(at, 1) | load(at + rest / 2, 1) << 8 | load(at + rest - 1, 1) << 16);
  }
  return hash * kFactor;
}

std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

}  // namespace

Vocabulary::Vocabulary(const TokenizerFile& file)
    : blob_(file.token_bytes()),
      flags_(file.token_flags()),
      ranks_(file.token_ranks()),
      joined_pairs_(65536 / 64) {
  const PackedList<std::uint16_t> lengths = file.token_lengths();
  starts_.resize(lengths.size() + 1);
  std::size_t matched = 0;
  for (std::size_t id = 0; id < lengths.size(); ++id) {
    starts_[id + 1] = starts_[id] + lengths[id];
    if ((flags_[id] & formats::kTokenMatched) != 0) ++matched;
  }
  slots_.resize(std::bit_ceil(2 * matched + 2));
  for (std::uint32_t id = 0; id < size(); ++id) {
    const std::string_view token = bytes(id);
    if ((flags_[id] & formats::kTokenMatched) == 0 || token.empty()) continue;
    longest_ = std::max(longest_, token.size());
    insert(id);
    if ((flags_[id] & formats::kTokenJoined) == 0) continue;
    for (std::size_t i = 1; i < token.size(); ++i) {
      const auto pair = static_cast<std::uint32_t>(static_cast<unsigned char>(token[i - 1])) << 8 |
                        static_cast<unsigned char>(token[i]);
      joined_pairs_[pair >> 6] |= std::uint64_t{1} << (pair & 63U);
    }
  }
}

// Of two tokens with the same bytes the lower id is found.
void Vocabulary::insert(std::uint32_t id) {
  if (find(bytes(id)) != formats::kNoToken) return;
  const std::uint64_t hash = hash_of(bytes(id));
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash & mask;
  while (slots_[at].id != formats::kNoToken) at = (at + 1) & mask;
  slots_[at] = {tag_of(hash), id};
}

std::uint32_t Vocabulary::find(std::string_view text) const {
  if (text.size() > longest_) return formats::kNoToken;
  const std::uint64_t hash = hash_of(text);
  const std::uint32_t tag = tag_of(hash);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask; slots_[at].id != formats::kNoToken; at = (at + 1) & mask)
    if (slots_[at].tag == tag && bytes(slots_[at].id) == text) return slots_[at].id;
  return formats::kNoToken;
}

}  // namespace runtime::host
