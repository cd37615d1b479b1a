// SPDX-License-Identifier: Apache-2.0
// GPT-2 spells each byte as a printable character: bytes that are printable in Latin-1 as
// themselves, the others as U+0100, U+0101 ... in order. So " the" is spelled "Ġthe".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ir {

// The character that spells each byte.
inline constexpr std::array<char32_t, 256> kByteSpelling = [] {
  std::array<char32_t, 256> spelling{};
  char32_t next = 0x100;
  for (char32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) ||
                           (byte >= 0xae && byte <= 0xff);
    spelling[byte] = printable ? byte : next++;
  }
  return spelling;
}();

// "Ġthe" for " the".
std::string spelled_bytes(std::string_view bytes);

// The bytes that `text`, which is UTF-8, spells; nothing if a character spells no byte.
std::optional<std::string> bytes_spelled_by(std::string_view text);

}  // namespace ir
