// SPDX-License-Identifier: Apache-2.0
// Every numeric case in the kernel interpreter, with the sanitizer: with all kernel forms and with
// the generic one alone, after lowering and after each kernel pass. The graph interpreter gives the
// values and the bounds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/lower/lower.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

class KernelInterpreter : public testing::TestWithParam<NumericCase> {};

void check_after_each_pass(const PreparedCase& prepared, ir::kernel::Program program,
                           std::string_view forms) {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  const std::string alone =
      fmt::format("alone: build/release/tests/tests_numerics --gtest_filter={}.{}",
                  test->test_suite_name(), test->name());
  const auto check = [&](std::string_view after, ir::kernel::Stage stage) {
    const auto laws = verify(program, stage);
    ASSERT_TRUE(laws) << forms << ", after " << after << "\n"
                      << alone << "\n"
                      << to_string(laws.error());
    EXPECT_EQ(run_and_compare(prepared, program), "") << forms << ", after " << after << "\n"
                                                      << alone;
  };
  check("lower", ir::kernel::Stage::lowered);
  passes::prune_values(program);
  check("prune-values", ir::kernel::Stage::legal);
  passes::plan_memory(program);
  check("plan-memory", ir::kernel::Stage::planned);
}

TEST_P(KernelInterpreter, AgreesWithTheGraph) {
  const PreparedCase prepared(GetParam());
  check_after_each_pass(prepared, prepared.lower({}), "all forms");
  std::vector<std::string_view> special = codegen::lower::form_names();
  ASSERT_EQ(special.back(), "generic");
  special.pop_back();
  check_after_each_pass(prepared, prepared.lower(special), "only generic");
}

INSTANTIATE_TEST_SUITE_P(Cases, KernelInterpreter, testing::ValuesIn(all_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
