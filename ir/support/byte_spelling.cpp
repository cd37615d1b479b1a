// SPDX-License-Identifier: Apache-2.0
#include "ir/support/byte_spelling.h"

namespace ir {

// All of these characters have one or two bytes in UTF-8.
std::string spelled_bytes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const char32_t point = kByteSpelling[static_cast<unsigned char>(byte)];
    if (point >= 0x80) text.push_back(static_cast<char>(0xc0 | point >> 6));
    text.push_back(static_cast<char>(point < 0x80 ? point : 0x80 | (point & 0x3f)));
  }
  return text;
}

std::optional<std::string> bytes_spelled_by(std::string_view text) {
  static constexpr auto kBytes = [] {
    std::array<std::int16_t, 0x144> bytes{};
    bytes.fill(-1);
    for (std::size_t byte = 0; byte < 256; ++byte)
      bytes[kByteSpelling[byte]] = static_cast<std::int16_t>(byte);
    return bytes;
  }();
  std::string bytes;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    std::size_t point = lead;
    if (lead >= 0xc0 && i < text.size())
      point = (lead & 0x1fU) << 6 | (static_cast<unsigned char>(text[i++]) & 0x3fU);
    if (lead >= 0xe0 || point >= kBytes.size() || kBytes[point] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kBytes[point]));
  }
  return bytes;
}

}  // namespace ir
