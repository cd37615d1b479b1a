// SPDX-License-Identifier: Apache-2.0
// Kernels as WGSL: goldens, and a folder of shaders that wgsl.test.mjs gives to Tint, naga and
// GPUs.
#include "codegen/wgsl/wgsl.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ir/kernel/builder.h"
#include "ir/kernel/program.h"
#include "tests/ir/kernel_arithmetic_rows.h"

namespace codegen::wgsl {
namespace {

using namespace ir::kernel;  // NOLINT: kernels are all this is about

std::string wgsl_of(std::string_view body) {
  const auto kernel = parse_kernel("kernel k " + std::string(body), "k.kernel");
  EXPECT_TRUE(kernel) << to_string(kernel.error());
  if (!kernel) return {};
  const auto legal = verify(*kernel, Stage::legal);
  EXPECT_TRUE(legal) << to_string(legal.error());
  return write_wgsl(*kernel);
}

TEST(Wgsl, InlinesWhatIsUsedOnce) {
  EXPECT_EQ(wgsl_of(R"(workgroup(64, 1, 1) {
    read x: f32
    write y: f32
    %w = builtin workgroup_x  %n = constant u32 64  %m = mul %w, %n
    %l = builtin local_x  %i = add %m, %l
    %a = load x, %i  %half = constant f32 0.5  %b = mul %a, %half
    %unused = load x, %l
    store y, %i, %b
  })"),
            R"(@group(0) @binding(0) var<storage, read> b0: array<f32>;
@group(0) @binding(1) var<storage, read_write> b1: array<f32>;
@compute @workgroup_size(64, 1, 1)
fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(local_invocation_id) lid: vec3<u32>) {
  let v0 = (wid.x * 64u) + lid.x;
  b1[v0] = b0[v0] * 0.5f;
}
)");
}

// A load stays before the store or the barrier that follows it, a get before the set.
TEST(Wgsl, MovesNoLoadPastAStore) {
  EXPECT_EQ(wgsl_of(R"(workgroup(4, 1, 1) {
    write y: u32
    shared s: u32[4]
    var a: u32
    var b: u32
    %l = builtin local_index
    set a, %l
    set b, %l
    %before = load y, %l
    %old = get a
    %other = get b
    %sum = add %old, %l
    set a, %sum
    store y, %l, %l
    %more = add %before, %old
    %all = add %more, %other
    store s, %l, %all
    %there = load s, %l
    barrier
    store s, %l, %there
  })"),
            R"(@group(0) @binding(0) var<storage, read_write> b0: array<u32>;
var<workgroup> s1: array<u32, 4>;
@compute @workgroup_size(4, 1, 1)
fn main(@builtin(local_invocation_index) lix: u32) {
  var a0: u32;
  var a1: u32;
  a0 = lix;
  a1 = lix;
  let v0 = a0;
  a0 = v0 + lix;
  let v1 = b0[lix];
  b0[lix] = lix;
  s1[lix] = (v1 + v0) + a1;
  let v2 = s1[lix];
  workgroupBarrier();
  s1[lix] = v2;
}
)");
}

TEST(Wgsl, WritesLoopsAndBranches) {
  EXPECT_EQ(wgsl_of(R"(workgroup(1, 2, 4) {
    read n: u32
    write y: vec4<f32>
    var total: vec4<f32>
    %z = constant u32 0  %one = constant u32 1  %zeros = constant vec4<f32> 0
    set total, %zeros
    %end = load n, %z
    %x = builtin local_z
    for %i = %x to %end step %one {
      %f = convert %i to f32
      %t = get total  %u = add %t, %f
      set total, %u
      %c = less %i, %x
      if %c { store y, %i, %u } else { store y, %z, %zeros }
    }
    %r = get total
    store y, %one, %r
  })"),
            R"(@group(0) @binding(0) var<storage, read> b0: array<u32>;
@group(0) @binding(1) var<storage, read_write> b1: array<vec4<f32>>;
@compute @workgroup_size(1, 2, 4)
fn main(@builtin(local_invocation_id) lid: vec3<u32>) {
  var a0: vec4<f32>;
  a0 = vec4<f32>(0f);
  let v0 = b0[0u];
  for (var i0 = lid.z; i0 < v0; i0 += 1u) {
    let v1 = a0 + f32(i0);
    a0 = v1;
    if (i0 < lid.z) {
      b1[i0] = v1;
    } else {
      b1[0u] = vec4<f32>(0f);
    }
  }
  b1[1u] = a0;
}
)");
}

TEST(Wgsl, EnablesHalvesOnlyWhereTheyOccur) {
  EXPECT_TRUE(wgsl_of("workgroup(1, 1, 1) { read x: f16 }").starts_with("enable f16;\n"));
  EXPECT_FALSE(wgsl_of("workgroup(1, 1, 1) { read x: f32 }").starts_with("enable"));
}

// WGSL would refuse the overflow of a known sum, and the negation of 2147483648.
TEST(Wgsl, HidesWhatIsKnown) {
  EXPECT_EQ(wgsl_of(R"(workgroup(1, 1, 1) {
    write y: i32
    %a = constant i32 2147483647  %b = constant i32 -2147483648  %c = sub %b, %a
    %z = constant u32 0
    store y, %z, %c
  })"),
            R"(@group(0) @binding(0) var<storage, read_write> b0: array<i32>;
@compute @workgroup_size(1, 1, 1)
fn main() {
  let v0 = i32(-2147483648);
  b0[0u] = v0 - 2147483647i;
}
)");
}

TEST(Wgsl, TextDependsOnTheComputationOnly) {
  const auto scale = [](std::string name, std::string x, std::string y) {
    Builder k(std::move(name), {64, 1, 1});
    const MemoryId from = k.read(std::move(x), kF32), to = k.write(std::move(y), kF32);
    const Expr i = k.workgroup_x() * 64 + k.local_x();
    k.when(i < 1000, [&] { k.store(to, i, k.load(from, i) * 2.0); });
    return write_wgsl(std::move(k).finish());
  };
  EXPECT_EQ(scale("layer_1", "x", "y"), scale("layer_2", "fn", "array"));
}

TEST(Wgsl, LongChainsAreBroken) {
  std::string body = "workgroup(1, 1, 1) { write y: u32 %l = builtin local_index %v0 = add %l, %l ";
  for (int i = 1; i < 200; ++i) body += fmt::format("%v{} = mul %v{}, %l ", i, i - 1);
  const std::string text = wgsl_of(body + "store y, %l, %v199 }");
  EXPECT_EQ(text.find(std::string(30, '(')), text.npos);
  EXPECT_NE(text.find(std::string(20, '(')), text.npos);
}

// Shaders whose structure matters, beside those of the arithmetic rows.
std::vector<std::string> structures() {
  std::vector<std::string> texts;
  texts.push_back(wgsl_of(R"(workgroup(64, 1, 1) {
    read x: vec4<f32>
    read n: u32
    write y: f32
    shared s: f32[64]
    var sum: f32
    %l = builtin local_x  %w = builtin workgroup_y  %z = constant u32 0  %one = constant u32 1
    %count = load n, %w  %step = constant u32 64  %zero = constant f32 0
    set sum, %zero
    for %i = %l to %count step %step {
      %v = load x, %i  %d = dot %v, %v  %t = get sum  %u = add %t, %d  set sum, %u
    }
    for %j = %z to %count step %one {
      %p = get sum  store s, %l, %p  barrier
      %b = bit_xor %l, %one  %q = load s, %b  barrier  set sum, %q
    }
    %r = get sum  %c = equal %l, %z
    if %c { store y, %w, %r }
  })"));
  // All of the workgroup memory, every kind of element, three dimensions.
  texts.push_back(wgsl_of(R"(workgroup(4, 2, 8) {
    read a: u32  read b: vec2<u32>  read c: vec4<i32>  read d: i32  read e: vec2<f32>
    write f: vec4<f32>  write g: vec4<u32>  write h: f32
    shared s: vec4<f32>[512]  shared t: vec2<u32>[512]  shared q: i32[1024]
    %x = builtin local_x  %y = builtin local_y  %z = builtin local_z
    %wx = builtin workgroup_x  %wy = builtin workgroup_y  %wz = builtin workgroup_z
    %i = add %x, %y  %j = add %i, %z  %k = add %wx, %wy  %l = add %k, %wz  %m = mul %j, %l
    %va = load a, %m  %vb = load b, %m  %vc = load c, %m  %vd = load d, %m  %ve = load e, %m
    store q, %x, %vd  store t, %x, %vb
    %fc = convert %vc to f32  store s, %x, %fc
    barrier
    %one = constant u32 1  %n = extract %vb, %one  %o = add %n, %va
    %p = load s, %y  store f, %o, %p
    %r = convert %p to u32  store g, %o, %r
    %d2 = dot %ve, %ve  store h, %o, %d2
  })"));
  return texts;
}

std::filesystem::path output_folder() {
  const char* folder = std::getenv("TEST_TMPDIR");
  return folder != nullptr ? folder : testing::TempDir();
}

// <name>.wgsl for each shader, and rows.json: what each arithmetic row must give.
TEST(Wgsl, WritesShadersToAFolder) {
  const std::filesystem::path folder = output_folder();
  std::string index;
  std::size_t number = 0;
  for (const tests::ArithmeticRow& row : tests::arithmetic_rows()) {
    const auto kernel = parse_kernel(tests::kernel_text(row), "row");
    ASSERT_TRUE(kernel);
    const std::string name = fmt::format("row{}", number++);
    std::ofstream(folder / (name + ".wgsl")) << write_wgsl(*kernel);
    std::string expected;
    for (const double value : row.expected)
      expected += fmt::format("{}{}", expected.empty() ? "" : ", ",
                              std::isfinite(value) ? fmt::format("{}", value) : "null");
    index += fmt::format(
        R"({}{{"name": "{}", "ops": "{}", "type": "{}", "portable": {}, "expected": [{}]}})",
        index.empty() ? "" : ",\n", name, row.ops, row.type, row.portable, expected);
  }
  std::ofstream(folder / "rows.json") << "[" << index << "]\n";
  for (const std::string& text : structures())
    std::ofstream(folder / fmt::format("structure{}.wgsl", number++)) << text;
}

}  // namespace
}  // namespace codegen::wgsl
