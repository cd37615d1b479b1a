// SPDX-License-Identifier: Apache-2.0
// sha256_hex(bytes) = "e3b0c442 98fc1c14 ..." without the spaces: 64 lower-case digits.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace codegen::weights {

std::string sha256_hex(std::span<const std::byte> bytes);
std::string sha256_hex(std::string_view text);

}  // namespace codegen::weights
