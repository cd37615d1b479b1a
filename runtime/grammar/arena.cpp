// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/arena.h"

#include <cstring>
#include <iterator>
#include <new>

namespace runtime::grammar {

Arena::~Arena() {
  for (const Block& block : blocks_) operator delete(block.memory);
}

void* Arena::allocate(std::size_t bytes) {
  return blocks_.emplace_back(operator new(bytes)).memory;
}

void* Arena::copy(const void* memory, std::size_t bytes) {
  return bytes == 0 ? nullptr : std::memcpy(allocate(bytes), memory, bytes);
}

const char* Arena::join(std::initializer_list<std::string_view> parts) {
  std::size_t bytes = 1;
  for (const std::string_view part : parts) bytes += part.size();
  char* const text = static_cast<char*>(allocate(bytes));
  char* end = text;
  for (const std::string_view part : parts) end += part.copy(end, part.size());
  *end = '\0';
  return text;
}

const char* Arena::decimal(std::size_t number) {
  char digits[20];
  char* first = std::end(digits);
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return join({{first, std::end(digits)}});
}

}  // namespace runtime::grammar
