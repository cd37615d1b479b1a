// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/vocabulary.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace runtime::host {
namespace {

using formats::kNoToken;

constexpr std::uint64_t kFactor = 0x9e37'79b9'7f4a'7c15U;  // 2^64 divided by the golden ratio

// A slot: the id, whether the token has kTokenWhole, whether there is one, and a part of the hash.
constexpr std::uint32_t kIdMask = formats::kMaxTokens - 1;
constexpr std::uint32_t kWhole = formats::kMaxTokens;
constexpr std::uint32_t kUsed = kWhole << 1;
constexpr std::uint32_t kTagMask = ~(2 * kUsed - 1);
static_assert(std::has_single_bit(formats::kMaxTokens));

// Tokens from kShort bytes on have a bit in lengths_, those from kLong on share the last one.
constexpr std::size_t kShort = 4;
constexpr std::size_t kMiddle = 8;
constexpr std::size_t kLong = kShort + 31;
constexpr std::uint32_t kShortBits = (1U << (kMiddle - kShort)) - 1;

template <class T>
T load(std::string_view text, std::size_t at) {
  T value;
  std::memcpy(&value, &text[at], sizeof(T));
  return value;
}

// The bytes as one number, the first lowest; at most eight.
inline std::uint64_t short_word(std::string_view bytes) {
  const std::size_t count = bytes.size();
  if (count >= 4)
    return load<std::uint32_t>(bytes, 0) | std::uint64_t{load<std::uint32_t>(bytes, count - 4)}
                                               << (8 * (count - 4));
  if (count == 0) return 0;
  const auto byte = [bytes](std::size_t at) {
    return std::uint64_t{static_cast<unsigned char>(bytes[at])} << (8 * at);
  };
  return byte(0) | byte(count / 2) | byte(count - 1);
}

inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * kFactor;
  return hash ^ hash >> 32;
}

// Multiply and fold, eight bytes at a time. The upper bits are the good ones.
inline std::uint64_t hash_of_last(std::uint64_t hash, std::uint64_t last, std::size_t bytes) {
  return (mixed(hash, last) + bytes) * kFactor;
}

// memcmp is a call and a loop over bytes in WebAssembly.
inline bool equal(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  std::size_t at = 0;
  for (; a.size() - at > 8; at += 8)
    if (load<std::uint64_t>(a, at) != load<std::uint64_t>(b, at)) return false;
  return short_word(a.substr(at)) == short_word(b.substr(at));
}

// Of the first kShort and the first kMiddle bytes of `word`, for lengths_.
inline std::uint64_t hash_of_four(std::uint64_t word) {
  return static_cast<std::uint32_t>(word) * kFactor;
}
inline std::uint64_t hash_of_eight(std::uint64_t word) { return mixed(0, word) * kFactor; }

// How far to shift a hash to the right so that it is below `count`, a power of two above 1.
std::uint32_t shift_for(std::size_t count) {
  return 64 - static_cast<std::uint32_t>(std::countr_zero(count));
}

// Whether the text is told from all others by its bytes as one number: it is not 0, and not that of
// the text with zeros behind it.
inline bool is_word(std::string_view text) {
  return text.size() <= 8 && !text.empty() && text.back() != 0;
}

}  // namespace

inline Vocabulary::Key Vocabulary::key_of(std::string_view text) {
  std::size_t at = 0;
  std::uint64_t hash = 0;
  for (; text.size() - at > 8; at += 8) hash = mixed(hash, load<std::uint64_t>(text, at));
  const std::uint64_t last = short_word(text.substr(at));
  return {hash_of_last(hash, last, text.size()), last};
}

Vocabulary::Vocabulary(const TokenizerFile& file)
    : blob_(file.token_bytes()), flags_(file.token_flags()), ranks_(file.token_ranks()) {
  const PackedList<std::uint16_t> lengths = file.token_lengths();
  starts_.resize(lengths.size() + 1);
  for (std::size_t id = 0; id < lengths.size(); ++id) starts_[id + 1] = starts_[id] + lengths[id];

  const std::size_t count = std::max<std::size_t>(size(), 64);
  words_.resize(size());
  slots_.resize(std::bit_ceil(count + count / 2));
  slot_shift_ = shift_for(slots_.size());
  filter_.resize(std::bit_ceil(count * 8) / 64);
  filter_shift_ = shift_for(filter_.size() * 64);
  lengths_.resize(std::bit_ceil(count / 4));
  lengths_shift_ = shift_for(lengths_.size());
  if (file.pre_tokenizers().empty()) joined_pairs_.resize(65536 / 64);

  // In parts, because an engine may replace a function by a faster version only between calls.
  constexpr std::uint32_t kPart = 2048;
  for (std::uint32_t first = 0; first < size(); first += kPart)
    add(first, std::min(first + kPart, size()));
}

void Vocabulary::add(std::uint32_t first, std::uint32_t end) {
  for (std::uint32_t id = first; id < end; ++id)
    if ((flags_[id] & formats::kTokenMatched) != 0 && length(id) > 0) add_to_index(id);
}

// Of two tokens with the same bytes the lower id is found.
void Vocabulary::add_to_index(std::uint32_t id) {
  const std::string_view token = bytes(id);
  const auto [hash, last] = key_of(token);
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = static_cast<std::uint32_t>(hash) & kTagMask;
  std::size_t at = hash >> slot_shift_;
  for (; slots_[at] != 0; at = (at + 1) & mask) {
    if ((slots_[at] & kTagMask) != tag) continue;
    const std::uint32_t other = slots_[at] & kIdMask;
    if (equal(bytes(other), token)) return;
  }
  const bool whole = (flags_[id] & formats::kTokenWhole) != 0;
  slots_[at] = tag | kUsed | (whole ? kWhole : 0) | id;
  filter_[hash >> filter_shift_ >> 6] |= std::uint64_t{1} << (hash >> filter_shift_ & 63U);
  longest_ = std::max(longest_, token.size());
  if (is_word(token)) words_[id] = last;
  if (token.size() >= kShort) {
    const std::size_t bit = std::min(token.size(), kLong) - kShort;
    const std::uint64_t key = token.size() < kMiddle ? hash_of_four(load<std::uint32_t>(token, 0))
                                                     : hash_of_eight(load<std::uint64_t>(token, 0));
    lengths_[key >> lengths_shift_] |= 1U << bit;
  }
  if (token.size() >= kLong) {
    const auto bytes = static_cast<std::uint32_t>(token.size());
    const auto place = std::lower_bound(long_lengths_.begin(), long_lengths_.end(), bytes);
    if (place == long_lengths_.end() || *place != bytes) long_lengths_.insert(place, bytes);
  }
  if (cuts() && (flags_[id] & formats::kTokenJoined) != 0) add_joined_pairs(token);
}

void Vocabulary::add_joined_pairs(std::string_view token) {
  std::uint32_t pair = static_cast<unsigned char>(token[0]);
  for (std::size_t i = 1; i < token.size(); ++i) {
    pair = (pair << 8 & 0xff00U) | static_cast<unsigned char>(token[i]);
    joined_pairs_[pair >> 6] |= std::uint64_t{1} << (pair & 63U);
  }
}

// The slot of `text`; 0 if there is none.
std::uint32_t Vocabulary::slot_of(std::string_view text, const Key& key) const {
  const std::size_t mask = slots_.size() - 1;
  const std::uint32_t tag = static_cast<std::uint32_t>(key.hash) & kTagMask;
  const bool word = is_word(text);
  for (std::size_t at = key.hash >> slot_shift_; slots_[at] != 0; at = (at + 1) & mask) {
    const std::uint32_t slot = slots_[at];
    if ((slot & kTagMask) != tag) continue;
    const std::uint32_t id = slot & kIdMask;
    if (word ? words_[id] == key.last : equal(bytes(id), text)) return slot;
  }
  return 0;
}

std::uint32_t Vocabulary::find(std::string_view text) const {
  if (text.size() > longest_) return kNoToken;
  const std::uint32_t slot = slot_of(text, key_of(text));
  return slot != 0 ? slot & kIdMask : kNoToken;
}

std::uint32_t Vocabulary::find_rare(std::string_view text) const {
  if (text.size() > longest_) return kNoToken;
  const Key key = key_of(text);
  const std::uint32_t slot = may_hold(key.hash) ? slot_of(text, key) : 0;
  return slot != 0 ? slot & kIdMask : kNoToken;
}

Vocabulary::Prefixes Vocabulary::prefixes(std::string_view text, std::size_t limit) const {
  limit = std::min({limit, text.size(), longest_});
  Prefixes prefixes;
  prefixes.vocabulary_ = this;
  prefixes.text_ = text;
  const std::uint64_t word = text.size() >= 8 ? load<std::uint64_t>(text, 0) : short_word(text);
  prefixes.word_ = word;
  std::uint64_t lengths = 0;
  if (limit >= kShort) lengths = lengths_[hash_of_four(word) >> lengths_shift_] & kShortBits;
  if (limit >= kMiddle) lengths |= lengths_[hash_of_eight(word) >> lengths_shift_] & ~kShortBits;
  if (limit >= kLong && lengths >> (kLong - kShort) != 0)
    prefixes.long_ = static_cast<std::size_t>(
        std::upper_bound(long_lengths_.begin(), long_lengths_.end(), limit) -
        long_lengths_.begin());
  constexpr std::uint64_t kShorter = (1U << (kShort - 1)) - 1;
  prefixes.lengths_ =
      (lengths << (kShort - 1) | kShorter) & ((std::uint64_t{1} << std::min(limit, kLong - 1)) - 1);
  return prefixes;
}

std::uint32_t Vocabulary::Prefixes::next() {
  const Vocabulary& vocabulary = *vocabulary_;
  while (long_ > 0 || lengths_ != 0) {
    std::size_t length = 0;
    if (long_ > 0) {
      length = vocabulary.long_lengths_[--long_];
    } else {
      length = static_cast<std::size_t>(std::bit_width(lengths_));
      lengths_ ^= std::uint64_t{1} << (length - 1);
    }
    const std::string_view prefix = text_.substr(0, length);
    Key key;
    if (length > 8) {
      key = key_of(prefix);
    } else {
      key.last = word_ & ~std::uint64_t{0} >> (64 - 8 * length);
      key.hash = hash_of_last(0, key.last, length);
    }
    const std::uint32_t slot = vocabulary.may_hold(key.hash) ? vocabulary.slot_of(prefix, key) : 0;
    if ((slot & kWhole) != 0) return slot & kIdMask;
  }
  return kNoToken;
}

}  // namespace runtime::host
