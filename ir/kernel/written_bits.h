// SPDX-License-Identifier: Apache-2.0
// One bit per pair of bytes: whether it has been written. An element of 2, 4, 8 or 16 bytes lies in
// one byte of these bits, because elements are aligned to their size.
//
//   mark_written(bits, 16, 4)         bytes 16..19  ->  bits 8, 9
//   is_written(bits, 16, 4)
#pragma once

#include <cstdint>

namespace ir::kernel {

inline std::uint32_t written_mask(std::uint64_t offset, std::uint32_t element_bytes) {
  return ((1U << (element_bytes / 2)) - 1) << ((offset / 2) & 7U);
}
inline bool is_written(const std::uint8_t* bits, std::uint64_t offset,
                       std::uint32_t element_bytes) {
  const std::uint32_t mask = written_mask(offset, element_bytes);
  return (bits[offset / 16] & mask) == mask;
}
inline void mark_written(std::uint8_t* bits, std::uint64_t offset, std::uint32_t element_bytes) {
  bits[offset / 16] |= static_cast<std::uint8_t>(written_mask(offset, element_bytes));
}
inline void mark_unwritten(std::uint8_t* bits, std::uint64_t offset, std::uint32_t element_bytes) {
  bits[offset / 16] &= static_cast<std::uint8_t>(~written_mask(offset, element_bytes));
}
// Bytes of such bits for a memory of so many bytes.
constexpr std::uint64_t written_bytes(std::uint64_t bytes) { return (bytes + 15) / 16; }

}  // namespace ir::kernel
