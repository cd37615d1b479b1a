// SPDX-License-Identifier: Apache-2.0
// Buffers: the bytes of a program's buffers while the interpreter runs it, and which of them have
// been written.
//
//   Buffers buffers(program, {{"page_capacity", 4}});
//   buffers.write<float>(weight_buffer, values);
//   executor.run("forward", {{"rows", 1}, {"pages", 1}}, buffers);
//   std::vector<float> logits = buffers.read<float>(result_buffer);
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "ir/kernel/program.h"
#include "ir/support/check.h"

namespace ir::kernel {

class Buffers {
 public:
  Buffers() = default;
  // One buffer for each of the program's, sized with `symbols` (page_capacity).
  Buffers(const Program& program, const Symbols& symbols);

  // Appends a buffer; returns its index. Nothing in it is written yet.
  std::uint32_t add(std::uint64_t bytes);
  std::uint32_t count() const { return static_cast<std::uint32_t>(storage_.size()); }

  // Grows (new bytes are unwritten) or shrinks, keeping the contents.
  void resize(std::uint32_t buffer, std::uint64_t bytes);
  // Offsets are in bytes and even; the range must lie inside the buffer.
  void write_bytes(std::uint32_t buffer, std::uint64_t offset, std::span<const std::byte> bytes);
  // Copies the first bytes of a buffer to the start of another; what was unwritten stays so.
  void copy(std::uint32_t from, std::uint32_t to, std::uint64_t bytes);
  // Marks the whole buffer as unwritten: what a scratch buffer is at the start of a step.
  void forget(std::uint32_t buffer);

  std::span<const std::byte> bytes(std::uint32_t buffer) const { return storage_[buffer].bytes; }
  // Whether every byte of the range has been written. Bits are kept per pair of bytes.
  bool written(std::uint32_t buffer, std::uint64_t offset, std::uint64_t bytes) const;

  template <class T>
  void write(std::uint32_t buffer, const std::vector<T>& values, std::uint64_t offset_bytes = 0) {
    write_bytes(buffer, offset_bytes, std::as_bytes(std::span(values)));
  }
  // `count` values from a byte offset; by default the whole buffer. Unwritten bytes read as they
  // lie.
  template <class T>
  std::vector<T> read(std::uint32_t buffer, std::uint64_t offset_bytes, std::size_t count) const {
    CHECK(offset_bytes + count * sizeof(T) <= storage_[buffer].bytes.size(), "read beyond buffer");
    std::vector<T> values(count);
    if (count > 0)
      std::memcpy(values.data(), storage_[buffer].bytes.data() + offset_bytes, count * sizeof(T));
    return values;
  }
  template <class T>
  std::vector<T> read(std::uint32_t buffer) const {
    return read<T>(buffer, 0, storage_[buffer].bytes.size() / sizeof(T));
  }

  // What the interpreter works on. `written` has one bit per pair of bytes, lowest first; it is
  // empty when all is written, as in a buffer of weights.
  struct Storage {
    std::vector<std::byte> bytes;
    std::vector<std::uint8_t> written;
  };
  Storage& storage(std::uint32_t buffer) { return storage_[buffer]; }

 private:
  std::vector<Storage> storage_;
};

}  // namespace ir::kernel
