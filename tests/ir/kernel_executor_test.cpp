// SPDX-License-Identifier: Apache-2.0
// Programs in the interpreter: schedules, conditions, copies, growing buffers, shuffled workgroups.
#include <gtest/gtest.h>

#include "ir/kernel/builder.h"
#include "ir/kernel/interpreter.h"

namespace ir::kernel {
namespace {

constexpr std::string_view kProgram = R"(
program test
capacities rows=4 sequences=1 page_tokens=64 context=64
buffer x: tokens bytes=64
buffer y: scratch bytes=64
buffer z: cache bytes=mul(page_capacity, 64)
kernel double workgroup(4, 1, 1) {
  read x: u32
  write y: u32
  %w = builtin workgroup_x
  %four = constant u32 4
  %m = mul %w, %four
  %l = builtin local_x
  %i = add %m, %l
  %a = load x, %i
  %b = add %a, %a
  store y, %i, %b
}
func forward(rows) {
  dispatch double(x, y) grid=(rows, 1, 1) when=greater(rows, 1) at "first"
  dispatch double(x, y) grid=(ceil_div(rows, 4), 1, 1) when=equal(rows, 1) at "second"
  copy y to z bytes=mul(rows, 16) at "third"
  return y
}
func empty(rows) {
  dispatch double(x, y) grid=(rows, 0, 1)
}
)";

class KernelExecutor : public testing::Test {
 protected:
  void SetUp() override {
    auto parsed = parse_program(kProgram, "test.kernel");
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    program_ = *std::move(parsed);
    buffers_ = Buffers(program_, {{"page_capacity", 1}});
    std::vector<std::uint32_t> words(16);
    for (std::uint32_t i = 0; i < 16; ++i) words[i] = i;
    buffers_.write(0, words);
  }

  Program program_;
  Buffers buffers_;
};

TEST_F(KernelExecutor, RunsTheSchedule) {
  Executor executor(program_);
  std::vector<std::string> steps;
  const RunOptions options{.after_step = [&](const Step& s) { steps.push_back(s.provenance); }};
  const auto fault = executor.run("forward", {{"rows", 3}}, buffers_, options);
  ASSERT_FALSE(fault) << to_string(*fault);
  EXPECT_EQ(steps, (std::vector<std::string>{"first", "third"}));
  EXPECT_EQ(buffers_.read<std::uint32_t>(2)[11], 22U);
  EXPECT_TRUE(buffers_.written(2, 0, 48));
  EXPECT_FALSE(buffers_.written(2, 48, 4));

  steps.clear();
  ASSERT_FALSE(executor.run("forward", {{"rows", 1}}, buffers_, options));
  EXPECT_EQ(steps, (std::vector<std::string>{"second", "third"}));
}

TEST_F(KernelExecutor, EmptyGridsDoNothing) {
  EXPECT_FALSE(Executor(program_).run("empty", {{"rows", 3}}, buffers_));
  EXPECT_FALSE(buffers_.written(1, 0, 4));
}

TEST_F(KernelExecutor, FaultsNameTheStep) {
  const auto fault = Executor(program_).run("forward", {{"rows", 5}}, buffers_);
  ASSERT_TRUE(fault);
  EXPECT_EQ(to_string(*fault),
            "error: 'x'[16] is touched, and it has 16 elements  [out-of-bounds]\n"
            "  --> kernel double: \"%5 = load x, %4\"\n"
            "note: in workgroup (4, 0, 0), lane 0\n"
            "note: computing first\n");
}

TEST_F(KernelExecutor, GridsAreLimited) {
  const auto fault = Executor(program_).run("forward", {{"rows", 65536}}, buffers_);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::grid_limit);
}

TEST_F(KernelExecutor, CopiesAreBounded) {
  program_.buffers[2].bytes = 16;
  buffers_.resize(2, 16);
  const auto fault = Executor(program_).run("forward", {{"rows", 2}}, buffers_);
  ASSERT_TRUE(fault);
  EXPECT_EQ(to_string(*fault),
            "error: 'z'[32] is touched, and it has 16 elements  "
            "[out-of-bounds]\nnote: computing third\n");
}

TEST(KernelBuffers, GrowKeepingContentsAndWhatIsWritten) {
  Buffers buffers;
  const std::uint32_t id = buffers.add(8);
  buffers.write<std::uint32_t>(id, {1, 2});
  EXPECT_TRUE(buffers.written(id, 0, 8));
  buffers.resize(id, 40);
  EXPECT_TRUE(buffers.written(id, 0, 8));
  EXPECT_FALSE(buffers.written(id, 8, 2));
  EXPECT_FALSE(buffers.written(id, 38, 2));
  EXPECT_EQ(buffers.read<std::uint32_t>(id, 4, 1)[0], 2U);
  buffers.write<std::uint16_t>(id, {7}, 10);
  EXPECT_TRUE(buffers.written(id, 10, 2));
  EXPECT_FALSE(buffers.written(id, 8, 4));
  buffers.forget(id);
  EXPECT_FALSE(buffers.written(id, 0, 2));
}

// Tree sum through workgroup memory with a barrier per level, and a product over workgroups.
Kernel tree_sum() {
  Builder k("tree_sum", {64, 1, 1});
  const MemoryId x = k.read("x", kVec4F32), y = k.write("y", kF32), s = k.shared("s", kF32, 64);
  const Expr lane = k.local_x();
  const VariableId sum = k.variable("sum", k.f32(0));
  k.loop(lane, k.u32(200), k.u32(64), [&](Expr i) {
    const Expr v = k.load(x, k.workgroup_x() * 200 + i);
    k.accumulate(sum, k.dot(v, k.constant(kVec4F32, 1)));
  });
  k.store(s, lane, k.get(sum));
  k.barrier();
  for (std::uint32_t half = 32; half > 0; half /= 2) {
    k.when(lane < half, [&] { k.store(s, lane, k.load(s, lane) + k.load(s, lane + half)); });
    k.barrier();
  }
  k.when(lane == 0, [&] { k.store(y, k.workgroup_x(), k.load(s, lane)); });
  return std::move(k).finish();
}

TEST(KernelInterpreter, LoopsBranchesAndBarriersInEveryOrder) {
  const Kernel kernel = tree_sum();
  constexpr std::uint32_t kGroups = 7;
  Buffers buffers;
  std::vector<float> x(kGroups * 800);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 11);
  buffers.write(buffers.add(x.size() * 4), x);
  buffers.add(kGroups * 4);
  std::vector<float> expected(kGroups);
  for (std::size_t i = 0; i < x.size(); ++i) expected[i / 800] += x[i];
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    buffers.forget(1);
    const auto fault = run_kernel(kernel, std::vector<std::uint32_t>{0, 1}, {kGroups, 1, 1},
                                  buffers, {.seed = seed});
    ASSERT_FALSE(fault) << to_string(*fault);
    EXPECT_EQ(buffers.read<float>(1), expected) << seed;
  }
}

// Ids in all three dimensions.
TEST(KernelInterpreter, Ids) {
  const auto kernel = parse_kernel(R"(kernel ids workgroup(2, 3, 2) {
    write y: vec4<u32>
    %x = builtin local_x  %y = builtin local_y  %z = builtin local_z  %i = builtin local_index
    %wx = builtin workgroup_x  %wy = builtin workgroup_y  %wz = builtin workgroup_z
    %ten = constant u32 10
    %a0 = mul %wz, %ten  %a1 = add %a0, %wy  %a2 = mul %a1, %ten  %a3 = add %a2, %wx
    %two = constant u32 2  %six = constant u32 6  %twelve = constant u32 12
    %b0 = mul %wz, %two  %b1 = add %b0, %wy  %b2 = mul %b1, %two  %b3 = add %b2, %wx
    %c0 = mul %b3, %twelve  %at = add %c0, %i
    %v = vector %x, %y, %z, %a3
    store y, %at, %v
  })",
                                   "ids");
  ASSERT_TRUE(kernel) << to_string(kernel.error());
  Buffers buffers;
  buffers.add(8 * 12 * 16);
  const auto fault =
      run_kernel(*kernel, std::vector<std::uint32_t>{0}, {2, 2, 2}, buffers, {.seed = 3});
  ASSERT_FALSE(fault) << to_string(*fault);
  const auto y = buffers.read<std::uint32_t>(0);
  // Workgroup (1, 0, 1) is number 5; invocation 9 is (1, 1, 1).
  const std::size_t at = (5 * 12 + 9) * 4;
  EXPECT_EQ(std::vector<std::uint32_t>(y.begin() + at, y.begin() + at + 4),
            (std::vector<std::uint32_t>{1, 1, 1, 101}));
}

// Lanes leave loops and branches at different times, and come back.
TEST(KernelInterpreter, DivergentLoopsAndNestedBranches) {
  const auto kernel = parse_kernel(R"(kernel diverge workgroup(8, 1, 1) {
    write y: u32
    var total: u32
    %l = builtin local_x  %zero = constant u32 0  %one = constant u32 1  %two = constant u32 2
    set total, %zero
    for %i = %zero to %l step %one {
      %odd = bit_and %i, %one
      %is = equal %odd, %one
      if %is {
        %t = get total  %u = add %t, %i  set total, %u
      } else {
        %big = greater %i, %two
        if %big {
          for %j = %zero to %i step %two {
            %t2 = get total  %u2 = add %t2, %one  set total, %u2
          }
        }
      }
    }
    %r = get total
    store y, %l, %r
  })",
                                   "diverge");
  ASSERT_TRUE(kernel) << to_string(kernel.error());
  Buffers buffers;
  buffers.add(32);
  const auto fault = run_kernel(*kernel, std::vector<std::uint32_t>{0}, {1, 1, 1}, buffers);
  ASSERT_FALSE(fault) << to_string(*fault);
  std::vector<std::uint32_t> expected(8, 0);
  for (std::uint32_t l = 0; l < 8; ++l)
    for (std::uint32_t i = 0; i < l; ++i)
      if (i % 2 == 1)
        expected[l] += i;
      else if (i > 2)
        for (std::uint32_t j = 0; j < i; j += 2) expected[l] += 1;
  EXPECT_EQ(buffers.read<std::uint32_t>(0), expected);
}

}  // namespace
}  // namespace ir::kernel
