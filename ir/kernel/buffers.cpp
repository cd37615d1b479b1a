// SPDX-License-Identifier: Apache-2.0
#include "ir/kernel/buffers.h"

#include <algorithm>

#include "ir/kernel/written_bits.h"

namespace ir::kernel {

Buffers::Buffers(const Program& program, const Symbols& symbols) {
  for (const Buffer& buffer : program.buffers) add(evaluate(buffer.bytes, symbols));
}

std::uint32_t Buffers::add(std::uint64_t bytes) {
  Storage& storage = storage_.emplace_back();
  storage.bytes.resize(bytes);
  storage.written.resize(written_bytes(bytes));
  return count() - 1;
}

void Buffers::resize(std::uint32_t buffer, std::uint64_t bytes) {
  Storage& storage = storage_[buffer];
  const std::uint64_t old = storage.bytes.size();
  storage.bytes.resize(bytes);
  if (storage.written.empty() && bytes > old) storage.written.assign(written_bytes(old), 0xff);
  if (storage.written.empty()) return;
  storage.written.resize(written_bytes(bytes));
  // The last byte of the old bits may speak of bytes beyond the old end.
  for (std::uint64_t at = old; at < bytes && at % 16 != 0; at += 2)
    mark_unwritten(storage.written.data(), at, 2);
}

void Buffers::write_bytes(std::uint32_t buffer, std::uint64_t offset,
                          std::span<const std::byte> bytes) {
  Storage& storage = storage_[buffer];
  CHECK(offset % 2 == 0 && offset + bytes.size() <= storage.bytes.size(),
        "write of {} bytes at {} into a buffer of {}", bytes.size(), offset, storage.bytes.size());
  if (bytes.empty()) return;
  std::memcpy(storage.bytes.data() + offset, bytes.data(), bytes.size());
  if (bytes.size() == storage.bytes.size()) storage.written.clear();
  if (storage.written.empty()) return;
  for (std::uint64_t at = offset; at < offset + bytes.size(); at += 2)
    mark_written(storage.written.data(), at, 2);
}

void Buffers::copy(std::uint32_t from, std::uint32_t to, std::uint64_t bytes) {
  const Storage& source = storage_[from];
  Storage& target = storage_[to];
  CHECK(bytes <= source.bytes.size() && bytes <= target.bytes.size(), "copy of {} bytes", bytes);
  std::copy_n(source.bytes.begin(), bytes, target.bytes.begin());
  if (source.written.empty() && target.written.empty()) return;
  if (target.written.empty()) target.written.assign(written_bytes(target.bytes.size()), 0xff);
  for (std::uint64_t at = 0; at < bytes; at += 2)
    if (source.written.empty() || is_written(source.written.data(), at, 2))
      mark_written(target.written.data(), at, 2);
    else
      mark_unwritten(target.written.data(), at, 2);
}

void Buffers::forget(std::uint32_t buffer) {
  Storage& storage = storage_[buffer];
  storage.written.assign(written_bytes(storage.bytes.size()), 0);
}

bool Buffers::written(std::uint32_t buffer, std::uint64_t offset, std::uint64_t bytes) const {
  const Storage& storage = storage_[buffer];
  if (storage.written.empty()) return true;
  for (std::uint64_t at = offset / 2 * 2; at < offset + bytes; at += 2)
    if (!is_written(storage.written.data(), at, 2)) return false;
  return true;
}

}  // namespace ir::kernel
