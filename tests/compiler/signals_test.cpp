// SPDX-License-Identifier: Apache-2.0
#include "compiler/signals.h"

#include <gtest/gtest.h>

#include <csignal>

#include "compiler/exit_code.h"
#include "ir/support/check.h"

namespace compiler {
namespace {

constexpr std::string_view kPass = "fuse-swiglu";

TEST(SignalsDeathTest, ABrokenLawNamesThePassAndIsABugOfOurs) {
  const auto break_a_law = [] {
    install_signal_handlers();
    now_in_pass(&kPass);
    CHECK(kPass.empty(), "a planted fault");
  };
  EXPECT_EXIT(break_a_law(), testing::ExitedWithCode(static_cast<int>(ExitCode::internal)),
              "internal error: a planted fault(.|\n)*in pass fuse-swiglu(.|\n)*report");
}

TEST(SignalsDeathTest, TheFirstStopAsksAndTheSecondEnds) {
  const auto stop_twice = [] {
    install_signal_handlers();
    std::raise(SIGINT);
    if (!interrupted() || check_interrupted()) std::_Exit(1);
    std::raise(SIGINT);
  };
  EXPECT_EXIT(stop_twice(), testing::KilledBySignal(SIGINT), "");
}

TEST(ExitCode, FollowsTheKindOfTheDiagnostic) {
  EXPECT_EQ(exit_code_of(ir::DiagnosticKind::interrupted), ExitCode::interrupted);
  EXPECT_EQ(exit_code_of(ir::DiagnosticKind::bad_usage), ExitCode::bad_usage);
  EXPECT_EQ(exit_code_of(ir::DiagnosticKind::kernel_fault), ExitCode::internal);
  EXPECT_EQ(exit_code_of(ir::DiagnosticKind::shape_mismatch), ExitCode::bad_input);
}

}  // namespace
}  // namespace compiler
