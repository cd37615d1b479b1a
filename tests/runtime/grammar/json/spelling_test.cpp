// SPDX-License-Identifier: Apache-2.0
// The one spelling of strings, against what the reader makes of it.
#include "runtime/grammar/json/spelling.h"

#include <gtest/gtest.h>

#include <string>

#include "runtime/grammar/json/value.h"

namespace runtime::grammar::json {
namespace {

TEST(JsonSpelling, IsShortestAndReadAsItWasMeant) {
  EXPECT_EQ(quote("a/\n\x01\"\\\x7f"), "\"a/\\n\\u0001\\\"\\\\\x7f\"");
  Arena arena;
  for (char byte = 0; byte >= 0 && byte < 0x7f; ++byte) {
    const std::string text(3, byte);
    const auto value = parse(arena, quote(text));
    ASSERT_TRUE(value) << int{byte};
    EXPECT_EQ((*value)->text, text);
  }
}

}  // namespace
}  // namespace runtime::grammar::json
