// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/byte_spelling.h"

#include "runtime/host/utf8.h"

namespace codegen::tokenizer {

std::optional<std::string> bytes_spelled_by(std::string_view text) {
  static constexpr auto kBytes = [] {
    std::array<std::int16_t, 0x144> bytes{};
    bytes.fill(-1);
    for (std::size_t byte = 0; byte < 256; ++byte)
      bytes[kByteSpelling[byte]] = static_cast<std::int16_t>(byte);
    return bytes;
  }();
  std::string bytes;
  while (!text.empty()) {
    const runtime::host::Utf8Character character = runtime::host::decode_utf8(text);
    const std::size_t point = character.code_point;
    if (point >= kBytes.size() || kBytes[point] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kBytes[point]));
    text.remove_prefix(character.bytes);
  }
  return bytes;
}

}  // namespace codegen::tokenizer
