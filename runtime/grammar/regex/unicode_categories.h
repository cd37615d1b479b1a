// SPDX-License-Identifier: Apache-2.0
// Unicode's general categories.
//
//   general_category("Lu")      // upper-case letters
//   general_category("Letter")  // L: Lu, Ll, Lt, Lm and Lo
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/grammar/regex/code_points.h"

namespace runtime::grammar::regex {

// By short or long name; none for other names.
std::optional<CodePoints> general_category(std::string_view name);

// The categories of all characters in turn, as make_unicode_categories.mjs packs them.
std::span<const std::uint8_t> category_runs();

}  // namespace runtime::grammar::regex
