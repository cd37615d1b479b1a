// SPDX-License-Identifier: Apache-2.0
#include "compiler/pass_runner.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "frontends/architectures/architectures.h"
#include "tests/support/test_data.h"

namespace compiler {
namespace {

std::optional<Model> tiny_model() {
  const auto folder = tests::require_test_data("models/stories260K-hf");
  if (!folder) return std::nullopt;
  auto model = open_model(*folder, std::nullopt);
  if (!model) {
    ADD_FAILURE() << to_string(model.error());
    return std::nullopt;
  }
  return *std::move(model);
}

ir::Result<Compilation> run(const Options& options, const Model& model) {
  auto runner = PassRunner::make(options);
  if (!runner) return runner.error();
  return runner->run(model.graph, pass_options(model, kQuantizations[0]));
}

std::size_t count_of(const std::string& text, std::string_view word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

TEST(PassTable, NamesAreKebabCaseAndUnique) {
  for (std::size_t i = 0; i < kPasses.size(); ++i) {
    const std::string_view name = kPasses[i].name;
    EXPECT_EQ(pass_index(name), i);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos)
        << name;
    EXPECT_FALSE(name.starts_with("no-")) << "--passes no-NAME leaves a pass out";
  }
}

TEST(PassTable, EveryOrderRuleHasAReason) {
  for (const OrderRule& rule : kOrderRules) {
    EXPECT_LT(pass_index(rule.before), kPasses.size()) << rule.before;
    EXPECT_FALSE(rule.reason.empty());
  }
}

TEST(PassRunner, RunsAllPassesByDefault) {
  const auto model = tiny_model();
  if (!model) return;
  const auto done = run({.verify_each = true}, *model);
  ASSERT_TRUE(done) << to_string(done.error());
  ASSERT_TRUE(done->program);
  EXPECT_TRUE(done->program->function("forward"));
  EXPECT_TRUE(done->program->function("greedy"));
}

TEST(PassRunner, StopsAfterAPass) {
  const auto model = tiny_model();
  if (!model) return;
  const auto built = run({.stop_after = "build"}, *model);
  ASSERT_TRUE(built);
  EXPECT_EQ(print(*built), ir::graph::print(model->graph));
  const auto fused = run({.stop_after = "fuse-swiglu"}, *model);
  ASSERT_TRUE(fused);
  EXPECT_FALSE(fused->program);
  EXPECT_EQ(count_of(print(*fused), "linear_swiglu"), 5U);
  EXPECT_EQ(count_of(print(*fused), "linear_add"), 0U);
}

TEST(PassRunner, LeavesOutWhatIsNamedWithNo) {
  const auto model = tiny_model();
  if (!model) return;
  const auto done = run({.passes = {"no-fuse-swiglu"}, .stop_after = "fuse-argmax"}, *model);
  ASSERT_TRUE(done);
  EXPECT_EQ(count_of(print(*done), "linear_swiglu"), 0U);
  EXPECT_EQ(count_of(print(*done), "linear_add"), 10U);
}

TEST(PassRunner, RunsRequiredPassesAndThoseNamed) {
  const auto model = tiny_model();
  if (!model) return;
  const auto done = run({.passes = {"fuse-residual"}, .stop_after = "fuse-argmax"}, *model);
  ASSERT_TRUE(done);
  EXPECT_EQ(count_of(print(*done), "linear_swiglu"), 0U);
  EXPECT_EQ(count_of(print(*done), "linear_add"), 10U);
  EXPECT_NE(print(*done).find(": q4["), std::string::npos);
}

TEST(PassRunner, PrintsWhereItIsAskedTo) {
  const auto model = tiny_model();
  if (!model) return;
  testing::internal::CaptureStdout();
  ASSERT_TRUE(run({.stop_after = "fuse-swiglu", .print_after = {"build", "fuse-swiglu"}}, *model));
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_LT(text.find("// after build"), text.find("// after fuse-swiglu"));
}

TEST(PassRunner, RefusesNamesOfNoPass) {
  for (const Options& options :
       {Options{.passes = {"fuse-all"}}, Options{.stop_after = "fuse-all"},
        Options{.print_after = {"fuse-all"}}, Options{.passes = {"no-lower"}}}) {
    const auto runner = PassRunner::make(options);
    ASSERT_FALSE(runner);
    EXPECT_EQ(runner.error().kind, ir::DiagnosticKind::bad_usage);
  }
}

}  // namespace
}  // namespace compiler
