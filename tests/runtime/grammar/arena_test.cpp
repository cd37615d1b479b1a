// SPDX-License-Identifier: Apache-2.0
// What an arena keeps: copies and joined texts, and the places that refusals name.
#include "runtime/grammar/arena.h"

#include <gtest/gtest.h>

#include "runtime/grammar/result.h"

namespace runtime::grammar {
namespace {

TEST(Arena, KeepsCopiesAndJoinsTexts) {
  Arena arena;
  int number = 7;
  const auto* copy = static_cast<const int*>(arena.copy(&number, sizeof(number)));
  number = 8;
  EXPECT_EQ(*copy, 7);
  EXPECT_EQ(arena.copy(&number, 0), nullptr);
  EXPECT_STREQ(arena.join({"a", "", "bc"}), "abc");
  EXPECT_STREQ(arena.join({}), "");
  EXPECT_STREQ(arena.decimal(0), "0");
  EXPECT_STREQ(arena.decimal(4294967295), "4294967295");
}

TEST(Arena, HoldsPlacesByLineAndCharacter) {
  Arena arena;
  EXPECT_STREQ(line_and_column(arena, "", 0), "1:1");
  EXPECT_STREQ(line_and_column(arena, "a\nb\xc3\xa9x", 5), "2:3");
}

}  // namespace
}  // namespace runtime::grammar
