// SPDX-License-Identifier: Apache-2.0
#include "ir/support/check.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

namespace ir {

void broken_law(std::string_view law, std::string_view file, int line, const std::string& message) {
  fmt::print(stderr, "internal error: {}\n  law: {}\n  at {}:{}\n", message, law, file, line);
  std::abort();
}

}  // namespace ir
