// SPDX-License-Identifier: Apache-2.0
#include "compiler/line_diff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using compiler::line_diff;

TEST(LineDiff, ShowsWhatChangedAndThreeLinesAround) {
  EXPECT_EQ(line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "...\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n...\n");
  EXPECT_EQ(line_diff("a\nb\nc\n", "a\nc\nd\n"), "  a\n- b\n  c\n+ d\n");
}

TEST(LineDiff, KnowsEmptyAndEqualTexts) {
  EXPECT_EQ(line_diff("a\n", "a\n"), "");
  EXPECT_EQ(line_diff("", "a\n"), "+ a\n");
  EXPECT_EQ(line_diff("a\nb\n", ""), "- a\n- b\n");
}

// Kept and new lines together are the text after, kept and old ones the text before.
TEST(LineDiff, LosesNothingOfLargeTexts) {
  std::string before, after;
  for (int i = 0; i < 20000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  const std::string diff = line_diff(before, after);
  EXPECT_TRUE(diff.starts_with("- old 0\n- old 1\n"));
  EXPECT_TRUE(diff.ends_with("+ new 19999\n"));
  EXPECT_EQ(std::count(diff.begin(), diff.end(), '\n'), 40000);
}

}  // namespace
