// SPDX-License-Identifier: Apache-2.0
// Text that no token covers, written as the tokens of its bytes (<0xE2> <0x82> <0xAC>).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/tokenizer_file.h"

namespace runtime::host {

// Appends the token of each byte, if all bytes have one; else changes nothing and returns false.
inline bool put_bytes(const PackedList<std::uint32_t>& byte_tokens, std::string_view text,
                      std::vector<std::uint32_t>& out) {
  if (byte_tokens.size() != 256) return false;
  const auto token_of = [&](char byte) { return byte_tokens[static_cast<unsigned char>(byte)]; };
  for (const char byte : text)
    if (token_of(byte) == formats::kNoToken) return false;
  for (const char byte : text) out.push_back(token_of(byte));
  return true;
}

}  // namespace runtime::host
