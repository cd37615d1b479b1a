// SPDX-License-Identifier: Apache-2.0
// zlib streams, as DecompressionStream("deflate") reads them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace codegen::bundle {

std::vector<std::byte> deflate(std::string_view text);

// nullopt: not a whole zlib stream, or one of more than `most` bytes.
std::optional<std::string> inflate(std::span<const std::byte> stream, std::size_t most);

}  // namespace codegen::bundle
