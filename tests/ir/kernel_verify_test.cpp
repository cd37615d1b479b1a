// SPDX-License-Identifier: Apache-2.0
// Each law of kernels and programs, with one that breaks it and the stage that notices.
#include <gtest/gtest.h>

#include "ir/kernel/laws.h"

namespace ir::kernel {
namespace {

Kernel kernel_of(std::string_view body) {
  const auto parsed = parse_kernel("kernel k " + std::string(body), "k.kernel");
  EXPECT_TRUE(parsed) << to_string(parsed.error());
  return parsed ? *parsed : Kernel{};
}

// The number of the broken law, from the note; 0 when none is.
int broken_law(const Result<void>& verified) {
  if (verified) return 0;
  EXPECT_EQ(verified.error().kind, DiagnosticKind::kernel_invalid);
  EXPECT_EQ(verified.error().notes.size(), 1U);
  return std::stoi(verified.error().notes[0].message.substr(4));
}

struct Row {
  Law law;
  Stage stage;       // the first that notices
  const char* text;  // of a kernel after its name, or of a program after its capacities
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << "law " << int(row.law) << ": " << row.text;
}

class KernelLaws : public testing::TestWithParam<Row> {};

TEST_P(KernelLaws, AreChecked) {
  const Kernel kernel = kernel_of(GetParam().text);
  EXPECT_EQ(broken_law(verify(kernel, GetParam().stage)), int(GetParam().law));
  if (GetParam().stage == Stage::legal) {
    EXPECT_TRUE(verify(kernel, Stage::lowered));
  }
}

constexpr Law kNone{0};

INSTANTIATE_TEST_SUITE_P(
    All, KernelLaws,
    testing::Values(
        Row{Law::memories, Stage::lowered, "workgroup(1,1,1) { shared s: u32[4] read x: u32 }"},
        Row{Law::memories, Stage::lowered, "workgroup(1,1,1) { read x: bool }"},
        Row{Law::memories, Stage::lowered, "workgroup(1,1,1) { shared s: u32[0] }"},
        Row{Law::workgroup, Stage::lowered, "workgroup(1,0,1) { }"},
        Row{Law::variables, Stage::lowered, "workgroup(1,1,1) { var v: u32 %a = get v }"},
        // One side of an if is not enough, both are; a loop may run zero times.
        Row{Law::variables, Stage::lowered,
            "workgroup(1,1,1) { var v: u32 %c = constant bool 1 %z = constant u32 0 "
            "if %c { set v, %z } %a = get v }"},
        Row{kNone, Stage::planned,
            "workgroup(1,1,1) { var v: u32 %c = constant bool 1 %z = constant u32 0 "
            "if %c { set v, %z } else { set v, %z } %a = get v }"},
        Row{Law::variables, Stage::lowered,
            "workgroup(1,1,1) { var v: u32 %z = constant u32 0 %one = constant u32 1 "
            "for %i = %z to %one step %one { set v, %i %b = get v } %a = get v }"},
        Row{Law::kernel_limits, Stage::legal,
            "workgroup(1,1,1) { read a: u32 read b: u32 read c: u32 read d: u32 read e: u32 "
            "read f: u32 read g: u32 read h: u32 read i: u32 }"},
        Row{Law::kernel_limits, Stage::legal,
            "workgroup(1,1,1) { shared s: vec4<f32>[1024] shared t: f16[1] }"},
        Row{kNone, Stage::legal, "workgroup(256,1,1) { shared s: vec4<f32>[1024] }"},
        Row{Law::kernel_limits, Stage::legal, "workgroup(64,8,1) { }"},
        Row{Law::kernel_limits, Stage::legal, "workgroup(1,1,65) { }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { %l = builtin local_x %z = constant u32 0 %c = equal %l, %z "
            "if %c { barrier } }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { %l = builtin local_x %z = constant u32 0 %one = constant u32 1 "
            "for %i = %z to %l step %one { barrier } }"},
        // A bound from read memory is uniform, from read_write memory not, nor at a lane's index.
        Row{kNone, Stage::legal,
            "workgroup(4,1,1) { read x: u32 %w = builtin workgroup_x %n = load x, %w "
            "%one = constant u32 1 for %i = %w to %n step %one { barrier } }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { write x: u32 %w = builtin workgroup_x %n = load x, %w "
            "%one = constant u32 1 for %i = %w to %n step %one { barrier } }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { read x: u32 %w = builtin local_x %n = load x, %w "
            "%one = constant u32 1 for %i = %one to %n step %one { barrier } }"},
        // A variable is uniform while it is set to uniform values in uniform control flow; what a
        // loop does to it later counts from its beginning.
        Row{kNone, Stage::legal,
            "workgroup(4,1,1) { var v: u32 %w = builtin workgroup_x set v, %w %n = get v "
            "%one = constant u32 1 for %i = %one to %n step %one { barrier } }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { var v: u32 %w = builtin workgroup_x set v, %w "
            "%one = constant u32 1 %l = builtin local_x for %i = %one to %w step %one { "
            "%n = get v %c = equal %n, %w if %c { barrier } set v, %l } }"},
        Row{Law::uniform_barriers, Stage::legal,
            "workgroup(4,1,1) { var v: u32 %w = builtin workgroup_x set v, %w "
            "%one = constant u32 1 %l = builtin local_x %c = equal %l, %w if %c { set v, %one } "
            "%n = get v %d = equal %n, %w if %d { barrier } }"}));

TEST(KernelLaws, NamesAreDifferent) {
  Kernel kernel = kernel_of("workgroup(1,1,1) { read x: u32 read y: u32 }");
  kernel.memories[1].name = "x";
  EXPECT_EQ(broken_law(verify(kernel, Stage::lowered)), int(Law::names));
  kernel = kernel_of("workgroup(1,1,1) { var x: u32 var y: u32 }");
  kernel.variables[1].name = "x";
  EXPECT_EQ(broken_law(verify(kernel, Stage::lowered)), int(Law::names));
  kernel.name.clear();
  EXPECT_EQ(broken_law(verify(kernel, Stage::lowered)), int(Law::names));
}

TEST(KernelLaws, ScopesAndTypes) {
  const Kernel good = kernel_of(
      "workgroup(1,1,1) { write y: u32 %a = constant u32 1 %c = constant bool 1 "
      "if %c { %b = add %a, %a store y, %a, %b } }");
  EXPECT_TRUE(verify(good, Stage::planned));
  const auto law = [](const Kernel& kernel) { return broken_law(verify(kernel, Stage::lowered)); };

  Kernel late = good;  // %b is used where it is not visible
  late.body.push_back({Store{{0}, {0}, {2}}, {}});
  EXPECT_EQ(law(late), int(Law::scoping));
  Kernel early = good;
  std::swap(early.body[0], early.body[2]);
  EXPECT_EQ(law(early), int(Law::scoping));
  Kernel twice = good;
  twice.body[1].result = {0};
  EXPECT_EQ(law(twice), int(Law::scoping));
  Kernel unknown = good;
  std::get<If>(unknown.body[2].op).then[1].op = Store{{7}, {0}, {2}};
  EXPECT_EQ(law(unknown), int(Law::scoping));
  Kernel noted = good;
  noted.values[0] = kF32;
  EXPECT_EQ(law(noted), int(Law::typing));
  Kernel mistyped = good;
  std::get<If>(mistyped.body[2].op).then[0].op = Binary{BinaryKind::add, {0}, {1}};
  EXPECT_EQ(law(mistyped), int(Law::typing));
  Kernel without = good;
  without.body[0].result = {};
  EXPECT_EQ(law(without), int(Law::typing));
}

TEST(KernelLaws, TheDiagnosticShowsInstructionAndLaw) {
  const auto verified =
      verify(kernel_of("workgroup(1,1,1) { var v: u32 %a = get v }"), Stage::lowered);
  ASSERT_FALSE(verified);
  EXPECT_EQ(to_string(verified.error()),
            "error: variable 'v' is read before it is set on every path  [kernel-invalid]\n"
            "  --> kernel k: \"%0 = get v\"\n"
            "note: law 6: a variable is set on every path before it is read\n");
}

constexpr std::string_view kProgram = R"(program p
capacities rows=4 sequences=1 page_tokens=64 context=64
weight w: f32[4]
buffer weights: weight(w) bytes=16
buffer step: step bytes=256
buffer pages: page_table bytes=16
buffer ids: tokens bytes=16
buffer keys: cache bytes=mul(page_capacity, 64)
buffer a: scratch bytes=16
buffer b: scratch bytes=16
buffer big: scratch bytes=134217744
buffer odd: scratch bytes=20
kernel move workgroup(1, 1, 1) {
  read x: u32
  write y: u32
  %0 = builtin workgroup_x
  %1 = load x, %0
  store y, %0, %1
}
kernel add_to workgroup(1, 1, 1) {
  write y: u32
  %0 = builtin workgroup_x
  %1 = load y, %0
  store y, %0, %1
}
kernel two workgroup(1, 1, 1) {
  write x: u32
  write y: u32
}
)";

class ProgramLaws : public testing::TestWithParam<Row> {};

TEST_P(ProgramLaws, AreChecked) {
  std::string text(kProgram);
  // The buffers that break law 15 stay only where they are asked for.
  const std::string body = GetParam().text;
  for (const char* line :
       {"buffer big: scratch bytes=134217744\n", "buffer odd: scratch bytes=20\n"})
    if (body.find(std::string_view(line).substr(7, 3)) == body.npos)
      text.erase(text.find(line), std::string_view(line).size());
  const auto program = parse_program(text + body, "p.kernel");
  ASSERT_TRUE(program) << to_string(program.error());
  EXPECT_EQ(broken_law(verify(*program, GetParam().stage)), int(GetParam().law));
  if (GetParam().stage == Stage::legal) {
    EXPECT_TRUE(verify(*program, Stage::lowered));
  }
  if (GetParam().stage == Stage::planned) {
    EXPECT_TRUE(verify(*program, Stage::legal));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ProgramLaws,
    testing::Values(
        Row{Law::references, Stage::lowered, "func f() { dispatch move(ids) grid=(1, 1, 1) }"},
        Row{Law::sizes, Stage::lowered, "func f() { dispatch move(ids, a) grid=(rows, 1, 1) }"},
        Row{kNone, Stage::planned, "func f(rows) { dispatch move(ids, a) grid=(rows, 1, 1) }"},
        Row{Law::sizes, Stage::lowered,
            "func f(rows) { dispatch move(ids, a) grid=(1, 1, 1) when=ceil_div(1, rows) }"},
        Row{Law::sizes, Stage::lowered, "buffer c: scratch bytes=rows"},
        Row{Law::writable_buffers, Stage::lowered,
            "func f() { dispatch move(ids, weights) grid=(1, 1, 1) }"},
        Row{Law::writable_buffers, Stage::lowered,
            "func f() { dispatch move(ids, step) grid=(1, 1, 1) }"},
        Row{Law::writable_buffers, Stage::lowered, "func f() { copy ids to pages bytes=16 }"},
        Row{Law::variants, Stage::lowered,
            "variant add_to kernel more workgroup(1, 1, 1) { write y: u32 }"},
        Row{Law::variants, Stage::lowered,
            "variant move kernel more workgroup(1, 1, 1) { write y: vec2<f16> }"},
        Row{Law::variants, Stage::lowered,
            "variant move kernel more workgroup(1, 1, 1) { write x: vec2<f16> read y: u32 }"},
        Row{Law::unique_names, Stage::lowered,
            "variant add_to kernel two workgroup(1, 1, 1) { write y: vec2<f16> }"},
        Row{Law::kernel_limits, Stage::legal,
            "variant add_to kernel more workgroup(999, 1, 1) { write y: vec2<f16> }"},
        Row{kNone, Stage::planned,
            "variant add_to kernel more workgroup(1, 1, 1) { write y: vec2<f16> }"},
        Row{Law::buffer_usage, Stage::legal,
            "func f() { dispatch move(ids, a) grid=(1, 1, 1) dispatch move(a, a) grid=(1, 1, 1) }"},
        Row{Law::buffer_usage, Stage::legal, "func f() { dispatch two(a, a) grid=(1, 1, 1) }"},
        Row{Law::buffer_usage, Stage::legal, "func f() { copy ids to ids bytes=16 }"},
        Row{Law::program_limits, Stage::legal,
            "func f() { dispatch move(ids, a) grid=(65536, 1, 1) }"},
        Row{Law::program_limits, Stage::legal, "func big() { }"},
        Row{Law::program_limits, Stage::legal, "func odd() { }"},
        Row{Law::scratch_is_written, Stage::planned,
            "func f() { dispatch move(a, b) grid=(1, 1, 1) }"},
        Row{Law::scratch_is_written, Stage::planned,
            "func f() { dispatch add_to(a) grid=(1, 1, 1) }"},
        Row{Law::scratch_is_written, Stage::planned, "func f() { copy a to keys bytes=16 }"},
        Row{kNone, Stage::planned,
            "func f() { dispatch move(ids, a) grid=(1, 1, 1) dispatch move(a, b) grid=(1, 1, 1) }"},
        // What another function returns is there.
        Row{kNone, Stage::planned,
            "func f() { dispatch move(ids, a) grid=(1, 1, 1) return a } "
            "func g() { dispatch move(a, b) grid=(1, 1, 1) }"}));

TEST(ProgramLaws, NamesAndNumbers) {
  auto parsed = parse_program(kProgram, "p.kernel");
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  const auto law = [&](auto change) {
    Program program = *parsed;
    change(program);
    return broken_law(verify(program, Stage::lowered));
  };
  EXPECT_EQ(law([](Program&) {}), 0);
  EXPECT_EQ(law([](Program& p) { p.kernels[1].name = "move"; }), int(Law::unique_names));
  EXPECT_EQ(law([](Program& p) { p.buffers[1].name = "weights"; }), int(Law::unique_names));
  EXPECT_EQ(law([](Program& p) { p.buffers[0].weight = 1; }), int(Law::references));
  const auto step = [](Dispatch dispatch) {
    return [dispatch](Program& p) { p.functions = {{"f", {}, {Step{dispatch, 1, ""}}, {}}}; };
  };
  EXPECT_EQ(law(step({9, {3, 5}, {1, 1, 1}})), int(Law::references));
  EXPECT_EQ(law(step({0, {3, 99}, {1, 1, 1}})), int(Law::references));
  EXPECT_EQ(law([](Program& p) { p.functions = {{"f", {}, {}, {99}}}; }), int(Law::references));
}

}  // namespace
}  // namespace ir::kernel
