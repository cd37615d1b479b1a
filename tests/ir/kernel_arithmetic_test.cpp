// SPDX-License-Identifier: Apache-2.0
// The interpreter on every op that only computes.
#include <gtest/gtest.h>

#include "ir/kernel/interpreter.h"
#include "tests/ir/kernel_arithmetic_rows.h"

namespace ir::kernel {

namespace {

std::vector<double> read_out(const Buffers& buffers, std::string_view type) {
  const auto as_doubles = [](const auto& values) {
    return std::vector<double>(values.begin(), values.end());
  };
  if (type.find("f16") != type.npos) return as_doubles(buffers.read<_Float16>(2));
  if (type.find("f32") != type.npos) return as_doubles(buffers.read<float>(2));
  if (type.find("i32") != type.npos) return as_doubles(buffers.read<std::int32_t>(2));
  return as_doubles(buffers.read<std::uint32_t>(2));
}

TEST(KernelArithmetic, GivesWhatItSays) {
  for (const tests::ArithmeticRow& row : tests::arithmetic_rows()) {
    SCOPED_TRACE(row.ops);
    const auto kernel = parse_kernel(tests::kernel_text(row), "row");
    ASSERT_TRUE(kernel) << to_string(kernel.error());
    ASSERT_TRUE(verify(*kernel, Stage::planned));
    Buffers buffers;
    buffers.write(buffers.add(32), tests::kFloats);
    buffers.write(buffers.add(32), tests::kWords);
    buffers.add(4 * bytes_of(kernel->memories[2].element));
    const auto fault = run_kernel(*kernel, std::vector<std::uint32_t>{0, 1, 2}, {1, 1, 1}, buffers);
    ASSERT_FALSE(fault) << to_string(*fault);
    EXPECT_EQ(read_out(buffers, row.type), row.expected);
  }
}

// Every unary and binary kind has a row.
TEST(KernelArithmetic, NoOpIsForgotten) {
  std::string all;
  for (const tests::ArithmeticRow& row : tests::arithmetic_rows())
    all += std::string(row.ops) + " ";
  for (int kind = 0; kind <= int(UnaryKind::tanh); ++kind)
    EXPECT_NE(all.find("= " + std::string(name_of(UnaryKind(kind))) + " "), all.npos) << kind;
  for (int kind = 0; kind <= int(SubgroupKind::max); ++kind)
    EXPECT_NE(all.find("subgroup " + std::string(name_of(SubgroupKind(kind))) + " "), all.npos);
  for (int kind = 0; kind <= int(BinaryKind::greater_equal); ++kind)
    EXPECT_NE(all.find("= " + std::string(name_of(BinaryKind(kind))) + " "), all.npos) << kind;
}

}  // namespace
}  // namespace ir::kernel
