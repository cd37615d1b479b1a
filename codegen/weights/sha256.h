// SPDX-License-Identifier: Apache-2.0
// sha256_hex(bytes) = "e3b0c442 98fc1c14 ..." without the spaces: 64 lower-case digits.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace codegen::weights {

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);
// Of all that is left in the stream.
std::string sha256_hex(std::istream& in);

}  // namespace codegen::weights
