// SPDX-License-Identifier: Apache-2.0
// Characters of ASCII, and numbers written in them.
//
//   hex_value('C') -> 12        decimal(42) -> "42"
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace runtime::host {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }

// Of a hexadecimal digit in either case; -1 for what is none.
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const int letter = (c | 0x20) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

// std::to_string, which brings two kilobytes into a module, for what is written in messages.
inline std::string decimal(std::uint64_t number) {
  std::array<char, 20> digits{};
  std::size_t at = digits.size();
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return {digits.data() + at, digits.size() - at};
}

}  // namespace runtime::host
