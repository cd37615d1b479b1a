// SPDX-License-Identifier: Apache-2.0
// CHECK states a law of our own code; breaking it is a bug of the compiler, not of the input.
//
//   CHECK(a.size() == b.size(), "concat: {} operands but {} extents", a.size(), b.size());
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace ir {

// What a broken law does: prints "internal error: ..." with the law's place and aborts.
[[noreturn]] void broken_law(std::string_view law, std::string_view file, int line,
                             const std::string& message);

}  // namespace ir

#define CHECK(law, ...)                                                          \
  do {                                                                           \
    if (!(law)) [[unlikely]]                                                     \
      ::ir::broken_law(#law, __FILE__, __LINE__, ::fmt::format("" __VA_ARGS__)); \
  } while (false)
