// SPDX-License-Identifier: Apache-2.0
// Kernels that draw against the sampler of the processor, in the kernel interpreter with the
// sanitizer: tokens must be equal, log probabilities within what f32 allows.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "ir/kernel/interpreter.h"
#include "tests/numerics/draw_case.h"

namespace tests::numerics {
namespace {

class Draw : public testing::TestWithParam<DrawCase> {};

TEST_P(Draw, AgreesWithTheSampler) {
  const PreparedDraw prepared(GetParam());
  ir::kernel::Executor executor(prepared.program());
  ir::kernel::Buffers buffers = prepared.buffers();
  for (const char* function : {"draw", "logprobs"}) {
    const auto fault = executor.run(function, prepared.symbols(), buffers, {.seed = 5});
    ASSERT_FALSE(fault) << to_string(*fault);
  }
  EXPECT_EQ(fmt::format("{}", fmt::join(mismatches(buffers, prepared.expectations()), "\n")), "");
}

INSTANTIATE_TEST_SUITE_P(Cases, Draw, testing::ValuesIn(draw_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
