// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/json/spelling.h"

namespace runtime::grammar::json {

std::string_view spelling(std::uint8_t byte, char (&buffer)[6]) {
  constexpr char kDigits[] = "0123456789abcdef";
  constexpr std::string_view kEscaped = "\b\t\n\f\r\"\\";
  constexpr std::string_view kLetters = "btnfr\"\\";
  const std::size_t escaped = kEscaped.find(static_cast<char>(byte));
  buffer[0] = '\\';
  if (escaped != std::string_view::npos) {
    buffer[1] = kLetters[escaped];
    return {buffer, 2};
  }
  if (byte >= 0x20) {
    buffer[0] = static_cast<char>(byte);
    return {buffer, 1};
  }
  buffer[1] = 'u';
  buffer[2] = buffer[3] = '0';
  buffer[4] = kDigits[byte >> 4];
  buffer[5] = kDigits[byte & 15];
  return {buffer, 6};
}

ByteString quote(std::string_view text) {
  ByteString quoted = {"\""};
  char buffer[6];
  for (const char byte : text) quoted += spelling(static_cast<std::uint8_t>(byte), buffer);
  quoted += '"';
  return quoted;
}

}  // namespace runtime::grammar::json
