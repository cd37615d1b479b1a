// SPDX-License-Identifier: Apache-2.0
// A value for every code point (runtime/formats/normalizer_bin.h).
//
//   auto table = PointTable<std::uint8_t>::take(reader, blocks);
//   if (table && table->all_below(limit)) table->of(U'a');
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/formats/pre_tokenizer_bin.h"
#include "runtime/host/section_reader.h"

namespace runtime::host {

template <class T>
class PointTable {
 public:
  PointTable() = default;

  // Nothing if a block is missing.
  static std::optional<PointTable> take(SectionReader& reader, std::uint32_t blocks) {
    PointTable table;
    if (blocks > formats::kCodePointBlocks) return std::nullopt;
    table.block_of_ = reader.take<std::uint16_t>(formats::kCodePointBlocks);
    table.value_of_ = reader.take<T>(std::size_t{blocks} * 256);
    if (!reader.ok()) return std::nullopt;
    for (std::size_t i = 0; i < table.block_of_.size(); ++i)
      if (table.block_of_[i] >= blocks) return std::nullopt;
    return table;
  }

  bool all_below(std::size_t limit) const {
    for (std::size_t i = 0; i < value_of_.size(); ++i)
      if (value_of_[i] >= limit) return false;
    return true;
  }

  bool empty() const { return block_of_.size() == 0; }
  T of(char32_t code_point) const {
    return value_of_[block_of_[code_point >> 8] * std::size_t{256} + (code_point & 255U)];
  }

 private:
  PackedList<std::uint16_t> block_of_;
  PackedList<T> value_of_;
};

}  // namespace runtime::host
