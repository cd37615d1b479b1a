// SPDX-License-Identifier: Apache-2.0
// A set of bytes.
//
//   const ByteSet digits = ByteSet::range('0', '9');
//   (digits | ByteSet::of("+-")).contains('-');    // true
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace runtime::grammar::regex {

class ByteSet {
 public:
  static constexpr ByteSet of(std::string_view bytes) {
    ByteSet set;
    for (const char byte : bytes) set.insert(static_cast<std::uint8_t>(byte));
    return set;
  }
  static constexpr ByteSet range(std::uint8_t first, std::uint8_t last) {
    ByteSet set;
    for (unsigned byte = first; byte <= last; ++byte) set.insert(static_cast<std::uint8_t>(byte));
    return set;
  }
  // Bytes 64 * index + i where bit i of `word` is set.
  static constexpr ByteSet of_word(std::size_t index, std::uint64_t word) {
    ByteSet set;
    set.words_[index] = word;
    return set;
  }
  static constexpr ByteSet all() { return range(0, 255); }

  constexpr void insert(std::uint8_t byte) { words_[byte >> 6] |= std::uint64_t{1} << (byte & 63); }
  constexpr bool contains(std::uint8_t byte) const {
    return (words_[byte >> 6] >> (byte & 63) & 1) != 0;
  }
  constexpr bool is_empty() const { return (words_[0] | words_[1] | words_[2] | words_[3]) == 0; }

  friend constexpr ByteSet operator|(ByteSet a, const ByteSet& b) {
    for (unsigned i = 0; i < 4; ++i) a.words_[i] |= b.words_[i];
    return a;
  }
  friend constexpr ByteSet operator&(ByteSet a, const ByteSet& b) {
    for (unsigned i = 0; i < 4; ++i) a.words_[i] &= b.words_[i];
    return a;
  }
  friend constexpr ByteSet operator~(ByteSet a) {
    for (unsigned i = 0; i < 4; ++i) a.words_[i] = ~a.words_[i];
    return a;
  }
  constexpr ByteSet& operator|=(const ByteSet& other) { return *this = *this | other; }
  constexpr ByteSet& operator&=(const ByteSet& other) { return *this = *this & other; }
  friend constexpr bool operator==(const ByteSet&, const ByteSet&) = default;

  // Byte b: word b / 64, bit b % 64.
  constexpr const std::array<std::uint64_t, 4>& words() const { return words_; }
  constexpr int size() const {
    int size = 0;
    for (const std::uint64_t word : words_) size += std::popcount(word);
    return size;
  }
  // The least byte; of a set that is not empty.
  constexpr std::uint8_t first() const {
    unsigned word = 0;
    while (words_[word] == 0) ++word;
    return static_cast<std::uint8_t>(word * 64 + std::countr_zero(words_[word]));
  }

 private:
  std::array<std::uint64_t, 4> words_ = {};
};

}  // namespace runtime::grammar::regex
