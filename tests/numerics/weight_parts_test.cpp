// SPDX-License-Identifier: Apache-2.0
// A matrix that lies in several buffers gives the bits that it gives in one, on every target, and
// is read by the same forms.
#include <gtest/gtest.h>

#include <algorithm>

#include "codegen/targets/targets.h"
#include "ir/kernel/interpreter.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

using ir::kernel::Program;

bool is_cut(const NumericCase& one) {
  return one.max_weight_bytes != NumericCase().max_weight_bytes;
}

std::size_t weight_buffers(const Program& program) {
  return static_cast<std::size_t>(std::count_if(
      program.buffers.begin(), program.buffers.end(),
      [](const auto& buffer) { return buffer.role == ir::kernel::BufferRole::weight; }));
}

bool is_generic(const Program& program) {
  return std::any_of(program.kernels.begin(), program.kernels.end(),
                     [](const auto& kernel) { return kernel.name.starts_with("generic"); });
}

std::vector<std::uint32_t> result_bits(const PreparedCase& prepared, const Program& program,
                                       ir::Target target) {
  ir::kernel::Buffers buffers = prepared.buffers(program);
  ir::kernel::Executor executor(program, target);
  const auto fault = executor.run("run", prepared.symbols(), buffers);
  EXPECT_FALSE(fault) << to_string(*fault);
  return buffers.read<std::uint32_t>(program.function("run")->results.at(0));
}

class WeightParts : public testing::TestWithParam<NumericCase> {};

TEST_P(WeightParts, GiveTheBitsOfOneBuffer) {
  NumericCase whole = GetParam();
  whole.max_weight_bytes = NumericCase().max_weight_bytes;
  const PreparedCase in_parts(GetParam()), in_one(whole);
  const Program program = in_parts.lower({}), expected = in_one.lower({});
  EXPECT_GT(weight_buffers(program), weight_buffers(expected));
  EXPECT_EQ(is_generic(program), is_generic(expected));
  EXPECT_EQ(result_bits(in_parts, program, {}), result_bits(in_one, expected, {}));
  for (const ir::Target& target : codegen::targets::kTargets)
    EXPECT_EQ(result_bits(in_parts, program, target), result_bits(in_one, expected, target))
        << "f16: " << target.f16 << ", subgroups: " << target.subgroups;
}

std::vector<NumericCase> cases_in_parts() {
  std::vector<NumericCase> cases = weight_cases();
  std::erase_if(cases, [](const NumericCase& one) { return !is_cut(one); });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, WeightParts, testing::ValuesIn(cases_in_parts()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
