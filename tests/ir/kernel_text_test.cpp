// SPDX-License-Identifier: Apache-2.0
// The text form of kernels and programs: what is printed parses back equal, and faults are placed.
#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

#include "ir/kernel/builder.h"
#include "ir/kernel/program.h"
#include "ir/kernel/text.h"

namespace ir::kernel {
namespace {

// Every op, nested blocks, names that need quotes.
constexpr std::string_view kKernel = R"(kernel everything workgroup(8, 2, 1) {
  read x: f32
  read "odd name": vec4<u32>
  write y: f32
  shared s: vec4<f32>[64]
  var total: f32
  var seen: bool
  %0 = builtin workgroup_x
  %1 = builtin local_index
  %2 = constant u32 64
  %3 = mul %0, %2
  %4 = add %3, %1
  %5 = load x, %4
  %6 = exp %5
  %7 = load "odd name", %4
  %8 = extract %7, %1
  %9 = bitcast %8 to f32
  %10 = convert %8 to f32
  %11 = unpack half2 %8
  %12 = pack %11
  %13 = unpack u8x4 %12
  %14 = convert %13 to f32
  %15 = dot %14, %14
  %16 = vector %5, %6, %9, %10
  store s, %1, %16
  barrier
  %17 = constant f32 -1.5e-05
  set total, %17
  %18 = less %4, %2
  set seen, %18
  for %19 = %0 to %2 step %1 {
    %20 = get total
    %21 = add %20, %15
    set total, %21
    if %18 {
      store y, %19, %21
    }
  }
  if %18 {
    barrier
  } else {
    %22 = select %18, %5, %17
    store y, %4, %22
  }
}
)";

constexpr std::string_view kProgram = R"(program LlamaForCausalLM
capacities rows=128 sequences=4 page_tokens=64 context=512
rope scale=1 frequencies=[1, 0.1, 0.005623413251903491]
weight model.norm.weight: f32[64]
weight "model/odd weight": q4[128, 64]
buffer tokens: tokens bytes=512
buffer norm: weight(model.norm.weight) bytes=256
buffer "odd one": weight("model/odd weight") bytes=4608
buffer keys: cache bytes=mul(page_capacity, 8192)
buffer x0: scratch bytes=32768

kernel scale workgroup(64, 1, 1) {
  read x: f32
  write y: f32
}

func forward(rows, pages) {
  dispatch scale(norm, x0) grid=(ceil_div(rows, 4), 1, 1) when=greater(rows, 1) at "model \"norm\""
  copy x0 to keys bytes=256
  return x0
}
)";

TEST(KernelText, KernelsRoundTrip) {
  const auto parsed = parse_kernel(kKernel, "a.kernel");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed), kKernel);
  EXPECT_EQ(parsed->values.size(), 23U);
  EXPECT_EQ(parsed->values[16], kVec4F32);
}

TEST(KernelText, KernelsAreEqualAsTheirTextsAre) {
  const auto kernel = parse_kernel(kKernel, "a.kernel");
  ASSERT_TRUE(kernel && parse_kernel(kKernel, "b.kernel"));
  EXPECT_TRUE(*kernel == *parse_kernel(kKernel, "b.kernel"));
  for (const auto& [from, to] : std::initializer_list<std::pair<std::string_view, std::string>>{
           {"everything", "all"},
           {"workgroup(8, 2, 1)", "workgroup(8, 1, 1)"},
           {"vec4<f32>[64]", "vec4<f32>[32]"},
           {"exp", "log"},
           {"step %1 {", "step %0 {"},
           {"set total, %21", "set total, %20"},
           {"select %18, %5, %17", "select %18, %17, %5"}}) {
    std::string text(kKernel);
    const auto other = parse_kernel(text.replace(text.find(from), from.size(), to), "other");
    ASSERT_TRUE(other) << to_string(other.error());
    EXPECT_FALSE(*kernel == *other) << to;
  }
  EXPECT_FALSE((Constant{kF32, 0.0} == Constant{kF32, -0.0}));
}

TEST(KernelText, ProgramsRoundTrip) {
  const auto parsed = parse_program(kProgram, "a.kernel");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed), kProgram);
  EXPECT_EQ(parsed->rope[0].frequencies[2], 0.005623413251903491);
  EXPECT_EQ(parsed->buffers[2].weight, 1U);
}

TEST(KernelText, BuiltKernelsRoundTrip) {
  Builder k("scale", {64, 1, 1});
  const MemoryId x = k.read("x", kF32), y = k.write("y", kF32);
  const Expr i = k.workgroup_x() * 64 + k.local_x();
  k.when(i < 1000, [&] { k.loop(0, 7, [&](Expr j) { k.store(y, i + j, k.load(x, i) * 0.1); }); });
  const Kernel kernel = std::move(k).finish();
  const auto parsed = parse_kernel(print(kernel), "built");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed), print(kernel));
  EXPECT_EQ(parsed->values, kernel.values);
}

TEST(KernelText, RealConstantsAreExact) {
  for (const double value : {0.1, 1.0 / 3, 1e-45, -0.0, 3.4028234663852886e38, 5e-324, 65504.0}) {
    Builder k("constant", {1, 1, 1});
    k.f32(value);
    const auto parsed = parse_kernel(print(std::move(k).finish()), "constant");
    ASSERT_TRUE(parsed) << to_string(parsed.error());
    const double back = std::get<Constant>(parsed->body[0].op).value;
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back), std::bit_cast<std::uint64_t>(value));
  }
}

TEST(KernelText, ValuesMayHaveAnyNames) {
  const auto parsed =
      parse_kernel("kernel k workgroup(1,1,1){%a=constant u32 7 %b.c=add %a,%a}", "");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  EXPECT_EQ(print(*parsed),
            "kernel k workgroup(1, 1, 1) {\n  %0 = constant u32 7\n  %1 = add %0, %0\n}\n");
}

TEST(KernelText, OneInstructionOnOneLine) {
  const auto parsed = parse_kernel(kKernel, "a.kernel");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(print(*parsed, parsed->body[5]), "%5 = load x, %4");
  const Instruction unknown{Load{MemoryId{9}, Value{99}}, Value{98}};
  EXPECT_EQ(print(*parsed, unknown), "%? = load ?, %?");
}

struct Mistake {
  std::string_view body;
  std::string_view error;
};

class KernelTextErrors : public testing::TestWithParam<Mistake> {};

TEST_P(KernelTextErrors, SayWhatAndWhere) {
  const std::string text =
      "kernel k workgroup(1, 1, 1) {\n  read x: f32\n  write y: f32\n  var v: u32\n"
      "  %0 = constant u32 1\n" +
      std::string(GetParam().body) + "\n}\n";
  const auto parsed = parse_kernel(text, "k.kernel");
  ASSERT_FALSE(parsed) << GetParam().body;
  EXPECT_EQ(to_string(parsed.error()), GetParam().error);
}

INSTANTIATE_TEST_SUITE_P(
    All, KernelTextErrors,
    testing::Values(
        Mistake{"  %1 = frobnicate %0",
                "error: 'frobnicate' is not an operation with a result  [kernel-syntax]\n"
                "  --> k.kernel:6:8\n"},
        Mistake{"  %1 = add %0, %7",
                "error: no value '%7' is visible here  [kernel-invalid]\n  --> k.kernel:6:16\n"},
        Mistake{"  %0 = add %0, %0",
                "error: value '%0' is defined twice  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  store x, %0, %0",
                "error: store to 'x', which is read only  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  store z, %0, %0",
                "error: there is no memory 'z'  [kernel-invalid]\n  --> k.kernel:6:9\n"},
        Mistake{"  set w, %0",
                "error: there is no variable 'w'  [kernel-invalid]\n  --> k.kernel:6:7\n"},
        Mistake{"  %1 = exp %0", "error: exp of u32  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  %1 = store y, %0, %0",
                "error: 'store' is not an operation with a result  [kernel-syntax]\n"
                "  --> k.kernel:6:8\n"},
        Mistake{"  exp %0",
                "error: expected an instruction, found 'exp'  [kernel-syntax]\n"
                "  --> k.kernel:6:3\n"},
        Mistake{"  %1 = constant u32 -1",
                "error: -1 is not a value of u32  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  %1 = constant f32 1e39",
                "error: 1e+39 is not a value of f32  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  %1 = constant f32 \"one",
                "error: expected a number, found a string without its end, or with an unknown "
                "escape  [kernel-syntax]\n  --> k.kernel:6:21\n"},
        Mistake{"  if %0 {\n  }",
                "error: the condition of an if is bool  [kernel-invalid]\n  --> k.kernel:6:3\n"},
        Mistake{"  for %1 = %0 to %0 step %0 {\n  }\n  set v, %1",
                "error: no value '%1' is visible here  [kernel-invalid]\n  --> k.kernel:8:10\n"},
        Mistake{"}\n}",
                "error: expected the end of the text, found '}'  [kernel-syntax]\n"
                "  --> k.kernel:7:1\n"},
        Mistake{"  barrier ;",
                "error: expected an instruction, found a character that has no meaning here  "
                "[kernel-syntax]\n  --> k.kernel:6:11\n"}));

TEST(KernelText, DepthIsLimited) {
  std::string text = "kernel k workgroup(1, 1, 1) {\n%0 = constant bool 1\n";
  for (int i = 0; i < 1000; ++i) text += "if %0 {\n";
  const auto parsed = parse_kernel(text, "deep");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "blocks are nested more than 64 deep");

  std::string sizes =
      "program p\ncapacities rows=1 sequences=1 page_tokens=64 context=1\n"
      "buffer b: scratch bytes=";
  for (int i = 0; i < 1000; ++i) sizes += "add(";
  const auto program = parse_program(sizes, "deep");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message, "sizes are nested more than 64 deep");
}

}  // namespace
}  // namespace ir::kernel
