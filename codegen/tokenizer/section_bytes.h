// SPDX-License-Identifier: Apache-2.0
// Collects the tables of a section of tokenizer.bin, each padded to a multiple of 4 bytes.
//
//   SectionBytes section;
//   section.add_one(header);
//   PointBlocks<std::uint8_t>(value_of_each_code_point).append_to(section);
//   return section.take();
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace codegen::tokenizer {

class SectionBytes {
 public:
  template <class T>
  void add(std::span<const T> items) {
    const std::span<const std::byte> bytes = std::as_bytes(items);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize((bytes_.size() + 3) / 4 * 4);
  }
  template <class T>
  void add(std::span<T> items) {
    add(std::span<const T>(items));
  }
  template <class T>
  void add_one(const T& item) {
    add(std::span<const T>(&item, 1));
  }
  void add_text(std::string_view text) { add(std::span<const char>(text)); }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

// A table from code point to value in two steps (runtime/formats/normalizer_bin.h): blocks of 256
// values, equal ones only once.
template <class T>
class PointBlocks {
 public:
  // The values of the code points from 0; as many as a multiple of 256.
  explicit PointBlocks(const std::vector<T>& values) {
    std::map<std::vector<T>, std::uint16_t> numbers;
    for (std::size_t start = 0; start < values.size(); start += 256) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(start);
      const std::vector<T> block(first, first + 256);
      const auto [entry, is_new] =
          numbers.emplace(block, static_cast<std::uint16_t>(numbers.size()));
      if (is_new) values_.insert(values_.end(), block.begin(), block.end());
      block_of_.push_back(entry->second);
    }
  }

  std::uint32_t count() const { return static_cast<std::uint32_t>(values_.size() / 256); }

  void append_to(SectionBytes& section) const {
    section.add(std::span(block_of_));
    section.add(std::span(values_));
  }

 private:
  std::vector<std::uint16_t> block_of_;
  std::vector<T> values_;
};

}  // namespace codegen::tokenizer
