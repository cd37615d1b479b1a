// SPDX-License-Identifier: Apache-2.0
// Finds a custom section in a WebAssembly module (codegen/wasm/plan.h appends it).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace codegen::bundle {

// The content of the first custom section of that name; nullopt when there is none, or `module` is
// not a well-formed module.
std::optional<std::span<const std::byte>> find_custom_section(std::span<const std::byte> module,
                                                              std::string_view name);

}  // namespace codegen::bundle
