// SPDX-License-Identifier: Apache-2.0
// How JSON spells strings where it has a choice: as JSON.stringify and json.dumps do.
//
//   quote("a\n\x01\"")    // "a\n\u0001\""
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/grammar/byte_string.h"

namespace runtime::grammar::json {

std::string_view spelling(std::uint8_t byte, char (&buffer)[6]);

// With quotes around it.
ByteString quote(std::string_view text);

}  // namespace runtime::grammar::json
