// SPDX-License-Identifier: Apache-2.0
#include "compiler/progress.h"

#include <gtest/gtest.h>

#include <memory>

namespace compiler {
namespace {

TEST(ProgressLine, EstimatesTheTimeLeftFromTheRateSoFar) {
  EXPECT_EQ(progress_line({"converting", 25'000'000, 100'000'000, 10}),
            "converting  25.0 MB of 100 MB  25 %  0:30 left");
}

TEST(ProgressLine, EstimatesNothingAtFirst) {
  EXPECT_EQ(progress_line({"converting", 25'000'000, 100'000'000, 0.1}),
            "converting  25.0 MB of 100 MB  25 %");
  EXPECT_EQ(progress_line({"converting", 0, 100'000'000, 10}), "converting  0 B of 100 MB  0 %");
}

TEST(ProgressLine, SaysHowLongItTook) {
  EXPECT_EQ(progress_line({"converting", 100'000'000, 100'000'000, 65}),
            "converting  100 MB in 1:05");
  EXPECT_EQ(progress_line({"converting", 0, 0, 0}), "converting  0 B in 0:00");
}

// What is printed into a file while two phases run.
std::string printed(Progress::Style style, bool ends) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  {
    Progress progress(file.get(), style);
    for (int done = 0; done <= 4; ++done) progress.show("one", done, 4);
    progress.show("two", 1, 2);
    if (ends) progress.end();
  }
  std::string text(1000, '\0');
  std::rewind(file.get());
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

TEST(Progress, GivesALineForEachPhaseWithoutATerminal) {
  EXPECT_EQ(printed(Progress::Style::lines, true), "one  4 B in 0:00\ntwo  1 B of 2 B  50 %\n");
}

TEST(Progress, RewritesOneLineOnATerminalAndWipesAPhaseThatFailed) {
  EXPECT_EQ(printed(Progress::Style::terminal, false), "\r\x1b[Kone  4 B in 0:00\n\r\x1b[K");
}

TEST(Progress, IsSilentForJson) { EXPECT_EQ(printed(Progress::Style::silent, true), ""); }

}  // namespace
}  // namespace compiler
