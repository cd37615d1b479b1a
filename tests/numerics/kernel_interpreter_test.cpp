// SPDX-License-Identifier: Apache-2.0
// Every numeric case in the kernel interpreter, with the sanitizer: with all kernel forms and with
// the generic one alone, after lowering and after each kernel pass; and as each target runs it,
// with subgroups of every size that there may be. The graph interpreter gives the values and the
// bounds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "codegen/lower/lower.h"
#include "codegen/targets/targets.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

using ir::kernel::Program;

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

TEST_P(KernelInterpreter, AgreesOnEveryTarget) {
  const PreparedCase prepared(GetParam());
  Program program = prepared.lower({});
  passes::prune_values(program);
  const auto kernels_on = [&](ir::Target target) {
    std::vector<const ir::kernel::Kernel*> kernels;
    for (std::uint32_t i = 0; i < program.kernels.size(); ++i)
      kernels.push_back(&program.kernel_for(i, target));
    return kernels;
  };
  std::set<std::vector<const ir::kernel::Kernel*>> known = {kernels_on({})};
  for (const ir::Target& target : codegen::targets::kTargets) {
    if (!known.insert(kernels_on(target)).second) continue;
    for (const std::uint32_t size : {4, 8, 32, 64, 128}) {
      EXPECT_EQ(run_and_compare(prepared, program, target, size), "")
          << "f16: " << target.f16 << ", subgroups: " << target.subgroups << " of " << size;
      if (!target.subgroups) break;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, KernelInterpreter, testing::ValuesIn(all_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
