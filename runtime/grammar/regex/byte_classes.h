// SPDX-License-Identifier: Apache-2.0
// ByteClasses: partitions of the 256 bytes, interned. A partition numbers its classes by their
// least bytes; refining two partitions tells apart what either tells apart.
//
//   ByteClasses classes;
//   const auto digits = classes.split(ByteSet::range('0', '9'));  // two classes
//   classes.class_of(digits, '7');                                // 1: byte 0 is in class 0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "runtime/grammar/list.h"
#include "runtime/grammar/regex/byte_set.h"

namespace runtime::grammar::regex {

class ByteClasses {
 public:
  using Partition = std::uint32_t;

  static constexpr Partition kOne = 0;   // all bytes in one class
  static constexpr Partition kEach = 1;  // each byte in its own

  ByteClasses();

  Partition split(const ByteSet& set);
  // Each of these bytes is alone in its class.
  Partition split_singly(std::span<const std::uint32_t> bytes);
  Partition refine(Partition a, Partition b);

  std::uint32_t class_of(Partition p, std::uint8_t byte) const { return all_[p]->of[byte]; }
  std::span<const std::uint8_t> classes_of_bytes(Partition p) const { return all_[p]->of; }
  // The least byte of each class; stays where it is.
  std::span<const std::uint8_t> representatives(Partition p) const {
    return std::span(all_[p]->least).first(all_[p]->count);
  }

 private:
  struct Classes {
    std::array<std::uint8_t, 256> of = {};
    std::array<std::uint8_t, 256> least = {};
    std::uint32_t count = 0;
  };
  struct Refined {
    Partition a = 0, b = 0, result = 0;
  };

  // `key` of byte b, less than 65536: bytes of equal keys share a class.
  template <class Key>
  Partition intern(const Key& key);

  List<std::unique_ptr<Classes>> all_;
  List<std::uint32_t> hashes_;
  List<Refined> refined_ = List<Refined>(256);  // a cache, direct-mapped
};

}  // namespace runtime::grammar::regex
