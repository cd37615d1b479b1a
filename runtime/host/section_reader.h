// SPDX-License-Identifier: Apache-2.0
// Hands out the tables of a section of tokenizer.bin from the front, each padded to a multiple of
// 4 bytes, and remembers if one was asked for that is not there.
//
//   SectionReader reader(section);
//   const auto header = reader.take_one<PreTokenizerHeader>();
//   const auto block_of = reader.take<std::uint16_t>(kCodePointBlocks);
//   if (!reader.ok()) return std::nullopt;
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/host/tokenizer_file.h"

namespace runtime::host {

class SectionReader {
 public:
  explicit SectionReader(std::span<const std::byte> section) : rest_(section) {}

  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::span<const std::byte> rest() const { return rest_; }

  std::span<const std::byte> take_bytes(std::size_t count) {
    if (!ok_ || count > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::span<const std::byte> taken = rest_.first(count);
    const std::size_t padded = (count + 3) / 4 * 4;
    rest_ = rest_.subspan(padded < rest_.size() ? padded : rest_.size());
    return taken;
  }
  template <class T>
  PackedList<T> take(std::size_t count) {
    if (count > rest_.size() / sizeof(T)) ok_ = false;
    return PackedList<T>(take_bytes(ok_ ? count * sizeof(T) : 0));
  }
  // All zeros where there is none.
  template <class T>
  T take_one() {
    const PackedList<T> one = take<T>(1);
    return ok_ ? one[0] : T{};
  }
  std::string_view take_text(std::size_t count) {
    const std::span<const std::byte> bytes = take_bytes(count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> rest_;
  bool ok_ = true;
};

}  // namespace runtime::host
