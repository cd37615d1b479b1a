// SPDX-License-Identifier: Apache-2.0
// Ways of lowering that give the same bits, on every target: a matrix in several buffers and in
// one; a projection that writes the cache and the two kernels that it stands for.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "codegen/targets/targets.h"
#include "ir/kernel/interpreter.h"
#include "tests/numerics/prepared_case.h"

namespace tests::numerics {
namespace {

using ir::kernel::BufferRole;
using ir::kernel::Program;

std::size_t weight_buffers(const Program& program) {
  return static_cast<std::size_t>(
      std::count_if(program.buffers.begin(), program.buffers.end(),
                    [](const auto& buffer) { return buffer.role == BufferRole::weight; }));
}

bool is_generic(const Program& program) {
  return std::any_of(program.kernels.begin(), program.kernels.end(),
                     [](const auto& kernel) { return kernel.name.starts_with("generic"); });
}

// What a run leaves behind, by buffer.
std::map<std::string, std::vector<std::uint32_t>> bits(const PreparedCase& prepared,
                                                       const Program& program, ir::Target target) {
  ir::kernel::Buffers buffers = prepared.buffers(program);
  ir::kernel::Executor executor(program, target);
  const auto fault = executor.run("run", prepared.symbols(), buffers);
  EXPECT_FALSE(fault) << to_string(*fault);
  std::map<std::string, std::vector<std::uint32_t>> results;
  for (std::uint32_t i = 0; i < program.buffers.size(); ++i) {
    const ir::kernel::Buffer& buffer = program.buffers[i];
    if (buffer.role == BufferRole::result || buffer.role == BufferRole::cache ||
        buffer.role == BufferRole::tokens)
      results[buffer.name] = buffers.read<std::uint32_t>(i);
  }
  return results;
}

void expect_same_bits(const PreparedCase& prepared, const Program& program,
                      const PreparedCase& other, const Program& expected) {
  EXPECT_EQ(bits(prepared, program, {}), bits(other, expected, {}));
  for (const ir::Target& target : codegen::targets::kTargets)
    EXPECT_EQ(bits(prepared, program, target), bits(other, expected, target))
        << "f16: " << target.f16 << ", subgroups: " << target.subgroups;
}

class WeightParts : public testing::TestWithParam<NumericCase> {};

TEST_P(WeightParts, GiveTheBitsOfOneBuffer) {
  NumericCase whole = GetParam();
  whole.max_weight_bytes = NumericCase().max_weight_bytes;
  const PreparedCase in_parts(GetParam()), in_one(whole);
  const Program program = in_parts.lower({}), expected = in_one.lower({});
  EXPECT_GT(weight_buffers(program), weight_buffers(expected));
  EXPECT_EQ(is_generic(program), is_generic(expected));
  expect_same_bits(in_parts, program, in_one, expected);
}

std::vector<NumericCase> cases_in_parts() {
  std::vector<NumericCase> cases = weight_cases();
  std::erase_if(cases, [](const NumericCase& one) {
    return one.max_weight_bytes == NumericCase().max_weight_bytes;
  });
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, WeightParts, testing::ValuesIn(cases_in_parts()),
                         [](const auto& info) { return info.param.name; });

class CacheWrite : public testing::TestWithParam<NumericCase> {};

TEST_P(CacheWrite, GivesTheBitsOfTwoKernels) {
  const PreparedCase prepared(GetParam());
  const Program program = prepared.lower({}), expected = prepared.lower({"qkv_cache_write"});
  EXPECT_NE(print(program), print(expected));
  expect_same_bits(prepared, program, prepared, expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, CacheWrite, testing::ValuesIn(qkv_cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace tests::numerics
