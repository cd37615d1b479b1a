// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/list.h"

#include <cstring>

namespace runtime::grammar {

void* ListMemory::allocate(std::size_t count, std::size_t element_bytes) {
  const bool fits = count <= SIZE_MAX / element_bytes;
  return operator new(fits ? count * element_bytes : SIZE_MAX);
}

std::uint32_t ListMemory::grown(std::size_t wanted) const {
  const std::size_t capacity = std::max(wanted, std::size_t{2} * capacity_);
  return static_cast<std::uint32_t>(std::min<std::size_t>(capacity, UINT32_MAX));
}

void ListMemory::grow(std::size_t wanted, std::size_t element_bytes) {
  const std::uint32_t capacity = grown(wanted);
  void* to = allocate(capacity, element_bytes);
  if (size_ > 0) std::memcpy(to, memory_, size_ * element_bytes);
  operator delete(memory_);
  memory_ = to;
  capacity_ = capacity;
}

void ListMemory::append_bytes(const void* elements, std::size_t count, std::size_t element_bytes) {
  if (count == 0) return;
  if (size_ + count > capacity_) grow(size_ + count, element_bytes);
  std::memcpy(static_cast<std::byte*>(memory_) + size_ * element_bytes, elements,
              count * element_bytes);
  size_ += static_cast<std::uint32_t>(count);
}

}  // namespace runtime::grammar
