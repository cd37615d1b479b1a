// SPDX-License-Identifier: Apache-2.0
// Every fault the kernel interpreter looks for, planted in a kernel, beside a twin without it.
#include <gtest/gtest.h>

#include "ir/kernel/interpreter.h"

namespace ir::kernel {
namespace {

// Buffers 0 (x: 64 words, written) and 1 (y: 64 words, not written).
Buffers buffers_for_tests() {
  Buffers buffers;
  std::vector<std::uint32_t> words(64);
  for (std::uint32_t i = 0; i < words.size(); ++i) words[i] = i;
  buffers.write(buffers.add(256), words);
  buffers.add(256);
  return buffers;
}

// Runs a kernel of 4 lanes that reads x and writes y, over `grid` workgroups.
std::optional<Fault> run(std::string_view body, std::uint32_t grid, RunOptions options = {}) {
  const std::string text = "kernel k workgroup(4, 1, 1) {\n  read x: u32\n  write y: u32\n" +
                           std::string(body) + "\n}\n";
  const auto kernel = parse_kernel(text, "k.kernel");
  EXPECT_TRUE(kernel) << to_string(kernel.error());
  if (!kernel) return std::nullopt;
  Buffers buffers = buffers_for_tests();
  return run_kernel(*kernel, std::vector<std::uint32_t>{0, 1}, {grid, 1, 1}, buffers, options);
}

struct Plant {
  const char* name;
  FaultKind kind;
  const char* text;       // of the fault
  const char* faulty;     // body
  const char* corrected;  // body
  std::uint32_t grid = 1;
};

class KernelSanitizer : public testing::TestWithParam<Plant> {};

TEST_P(KernelSanitizer, FindsTheFaultAndAcceptsItsTwin) {
  const auto fault = run(GetParam().faulty, GetParam().grid);
  ASSERT_TRUE(fault) << GetParam().name;
  EXPECT_EQ(fault->kind, GetParam().kind);
  EXPECT_EQ(to_string(*fault), GetParam().text);
  const auto none = run(GetParam().corrected, GetParam().grid);
  EXPECT_FALSE(none) << to_string(*none);
}

INSTANTIATE_TEST_SUITE_P(
    Planted, KernelSanitizer,
    testing::Values(
        Plant{"load_out_of_bounds", FaultKind::out_of_bounds,
              "error: 'x'[64] is touched, and it has 64 elements  [out-of-bounds]\n"
              "  --> kernel k: \"%3 = load x, %2\"\n"
              "note: in workgroup (0, 0, 0), lane 1\n",
              "%l = builtin local_index %o = constant u32 63 %i = add %l, %o %a = load x, %i",
              "%l = builtin local_index %o = constant u32 60 %i = add %l, %o %a = load x, %i"},
        Plant{"store_out_of_bounds", FaultKind::out_of_bounds,
              "error: 'y'[4294967295] is touched, and it has 64 elements  [out-of-bounds]\n"
              "  --> kernel k: \"store y, %2, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%l = builtin local_index %o = constant u32 1 %i = sub %l, %o store y, %i, %l",
              "%l = builtin local_index %o = constant u32 1 %i = sub %l, %o "
              "%z = constant u32 0 %c = greater %l, %z if %c { store y, %i, %l }"},
        Plant{"shared_out_of_bounds", FaultKind::out_of_bounds,
              "error: 's'[3] is touched, and it has 3 elements  [out-of-bounds]\n"
              "  --> kernel k: \"store s, %0, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 3\n",
              "shared s: u32[3] %l = builtin local_index store s, %l, %l",
              "shared s: u32[4] %l = builtin local_index store s, %l, %l"},
        Plant{"unwritten_buffer", FaultKind::unwritten_read,
              "error: 'y'[0] is read, and nobody has written it  [unwritten-read]\n"
              "  --> kernel k: \"%1 = load y, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%l = builtin local_index %a = load y, %l store y, %l, %a",
              "%l = builtin local_index store y, %l, %l %a = load y, %l"},
        Plant{"unwritten_shared", FaultKind::unwritten_read,
              "error: 's'[2] is read, and nobody has written it  [unwritten-read]\n"
              "  --> kernel k: \"%3 = load s, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 2\n",
              "shared s: u32[4] %l = builtin local_index %two = constant u32 2 %c = less %l, %two "
              "if %c { store s, %l, %l } barrier %a = load s, %l",
              "shared s: u32[4] %l = builtin local_index %two = constant u32 2 %c = less %l, %two "
              "if %c { store s, %l, %l } barrier if %c { %a = load s, %l }"},
        // Workgroup memory starts anew in every workgroup.
        Plant{"shared_of_another_workgroup", FaultKind::unwritten_read,
              "error: 's'[0] is read, and nobody has written it  [unwritten-read]\n"
              "  --> kernel k: \"%4 = load s, %1\"\n"
              "note: in workgroup (1, 0, 0), lane 0\n",
              "shared s: u32[4] %w = builtin workgroup_x %l = builtin local_index "
              "%z = constant u32 0 %c = equal %w, %z if %c { store s, %l, %l } barrier "
              "%a = load s, %l",
              "shared s: u32[4] %w = builtin workgroup_x %l = builtin local_index "
              "store s, %l, %l barrier %a = load s, %l",
              2},
        Plant{"unset_variable", FaultKind::unset_variable,
              "error: variable 'v' is read, and it has not been set  [unset-variable]\n"
              "  --> kernel k: \"%3 = get v\"\n"
              "note: in workgroup (0, 0, 0), lane 2\n",
              "var v: u32 %l = builtin local_index %two = constant u32 2 %c = less %l, %two "
              "if %c { set v, %l } %a = get v",
              "var v: u32 %l = builtin local_index %two = constant u32 2 %c = less %l, %two "
              "if %c { set v, %l } else { set v, %two } %a = get v"},
        Plant{"race_store_load", FaultKind::race,
              "error: two invocations touch 's'[1] and no barrier orders them, one storing  "
              "[race]\n"
              "  --> kernel k: \"%4 = load s, %3\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "shared s: u32[4] %l = builtin local_index store s, %l, %l %one = constant u32 1 "
              "%three = constant u32 3 %n = bit_xor %l, %one %a = load s, %n",
              "shared s: u32[4] %l = builtin local_index store s, %l, %l %one = constant u32 1 "
              "%three = constant u32 3 %n = bit_xor %l, %one barrier %a = load s, %n"},
        Plant{"race_load_store", FaultKind::race,
              "error: two invocations touch 's'[1] and no barrier orders them, one storing  "
              "[race]\n"
              "  --> kernel k: \"store s, %0, %3\"\n"
              "note: in workgroup (0, 0, 0), lane 1\n",
              "shared s: u32[4] %l = builtin local_index store s, %l, %l barrier "
              "%one = constant u32 1 %n = bit_and %l, %one %a = load s, %one store s, %l, %a",
              "shared s: u32[4] %l = builtin local_index store s, %l, %l barrier "
              "%one = constant u32 1 %n = bit_and %l, %one %a = load s, %one barrier "
              "store s, %l, %a"},
        // Even with equal values: WGSL does not allow it.
        Plant{"race_store_store", FaultKind::race,
              "error: two invocations touch 's'[0] and no barrier orders them, one storing  "
              "[race]\n"
              "  --> kernel k: \"store s, %1, %1\"\n"
              "note: in workgroup (0, 0, 0), lane 1\n",
              "shared s: u32[4] %l = builtin local_index %z = constant u32 0 store s, %z, %z",
              "shared s: u32[4] %l = builtin local_index %z = constant u32 0 %c = equal %l, %z "
              "if %c { store s, %z, %z }"},
        Plant{
            "race_in_a_loop", FaultKind::race,
            "error: two invocations touch 's'[0] and no barrier orders them, one storing  "
            "[race]\n"
            "  --> kernel k: \"store s, %0, %0\"\n"
            "note: in workgroup (0, 0, 0), lane 0\n",
            "shared s: u32[4] %l = builtin local_index %z = constant u32 0 "
            "%one = constant u32 1 %three = constant u32 3 "
            "for %i = %z to %three step %one { store s, %l, %l barrier %a = load s, %z }",
            "shared s: u32[4] %l = builtin local_index %z = constant u32 0 "
            "%one = constant u32 1 %three = constant u32 3 "
            "for %i = %z to %three step %one { store s, %l, %l barrier %a = load s, %z barrier }"},
        Plant{"race_across_workgroups", FaultKind::race,
              "error: two invocations touch 'y'[0] and no barrier orders them, one storing  "
              "[race]\n"
              "  --> kernel k: \"store y, %0, %0\"\n"
              "note: in workgroup (1, 0, 0), lane 0\n",
              "%l = builtin local_index store y, %l, %l",
              "%l = builtin local_index %w = builtin workgroup_x %four = constant u32 4 "
              "%m = mul %w, %four %i = add %m, %l store y, %i, %l",
              2},
        Plant{
            "read_in_another_workgroup", FaultKind::race,
            "error: two invocations touch 'y'[0] and no barrier orders them, one storing  "
            "[race]\n"
            "  --> kernel k: \"%6 = load y, %2\"\n"
            "note: in workgroup (1, 0, 0), lane 0\n",
            "%w = builtin workgroup_x %l = builtin local_index %z = constant u32 0 "
            "%c = equal %w, %z %d = equal %l, %z %e = logical_and %c, %d if %e { store y, %z, %l } "
            "if %d { %a = load y, %z }",
            "%w = builtin workgroup_x %l = builtin local_index %z = constant u32 0 "
            "%c = equal %w, %z %d = equal %l, %z %e = logical_and %c, %d if %e { store y, %z, %l } "
            "if %e { %a = load y, %z }",
            2},
        // workgroupBarrier orders workgroup memory only.
        Plant{"storage_within_a_workgroup", FaultKind::race,
              "error: two invocations touch 'y'[1] and no barrier orders them, one storing  "
              "[race]\n"
              "  --> kernel k: \"%3 = load y, %2\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%l = builtin local_index store y, %l, %l barrier %one = constant u32 1 "
              "%n = bit_xor %l, %one %a = load y, %n",
              "%l = builtin local_index store y, %l, %l barrier %one = constant u32 1 "
              "%n = bit_xor %l, %one %a = load y, %l"},
        Plant{
            "divergent_barrier", FaultKind::divergent_barrier,
            "error: only a part of the workgroup reaches this  [divergent-barrier]\n"
            "  --> kernel k: \"barrier\"\n"
            "note: in workgroup (0, 0, 0), lane 0\n",
            "%l = builtin local_index %two = constant u32 2 %c = less %l, %two if %c { barrier }",
            "%l = builtin local_index %two = constant u32 2 %c = less %l, %two if %c { } barrier"},
        Plant{"divergent_barrier_in_a_loop", FaultKind::divergent_barrier,
              "error: only a part of the workgroup reaches this  [divergent-barrier]\n"
              "  --> kernel k: \"barrier\"\n"
              "note: in workgroup (0, 0, 0), lane 1\n",
              "%l = builtin local_index %z = constant u32 0 %one = constant u32 1 "
              "for %i = %z to %l step %one { barrier }",
              "%l = builtin local_index %z = constant u32 0 %one = constant u32 1 "
              "for %i = %z to %one step %one { barrier }"},
        Plant{"endless_loop", FaultKind::endless_loop,
              "error: this loop does not end  [endless-loop]\n"
              "  --> kernel k: \"for %2 = %0 to %1 step %0\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%z = constant u32 0 %one = constant u32 1 for %i = %z to %one step %z { }",
              "%z = constant u32 0 %one = constant u32 1 for %i = %z to %one step %one { }"},
        Plant{"division_by_zero", FaultKind::division_by_zero,
              "error: division by zero  [division-by-zero]\n"
              "  --> kernel k: \"%1 = div %0, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%l = builtin local_index %a = div %l, %l",
              "%l = builtin local_index %z = constant u32 0 %c = greater %l, %z "
              "if %c { %a = div %l, %l }"},
        Plant{"wide_shift", FaultKind::wide_shift,
              "error: shift by 32  [wide-shift]\n"
              "  --> kernel k: \"%2 = shift_left %0, %1\"\n"
              "note: in workgroup (0, 0, 0), lane 0\n",
              "%l = builtin local_index %n = constant u32 32 %a = shift_left %l, %n",
              "%l = builtin local_index %n = constant u32 31 %a = shift_left %l, %n"},
        Plant{"no_such_lane", FaultKind::no_such_lane,
              "error: lane 2 of a vector of 2  [no-such-lane]\n"
              "  --> kernel k: \"%2 = extract %1, %0\"\n"
              "note: in workgroup (0, 0, 0), lane 2\n",
              "%l = builtin local_index %v = vector %l, %l %a = extract %v, %l",
              "%l = builtin local_index %v = vector %l, %l, %l, %l %a = extract %v, %l"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(KernelSanitizerSwitch, OffLooksForBoundsOnly) {
  const char* race =
      "shared s: u32[4] %l = builtin local_index %z = constant u32 0 "
      "store s, %z, %l %a = load y, %l";
  EXPECT_TRUE(run(race, 1));
  EXPECT_FALSE(run(race, 1, {.sanitize = false}));
  const char* beyond = "%l = builtin local_index %o = constant u32 64 %a = load x, %o";
  EXPECT_TRUE(run(beyond, 1, {.sanitize = false}));
}

TEST(KernelSanitizerSwitch, FuelEndsLongLoops) {
  const char* loop =
      "%z = constant u32 0 %one = constant u32 1 %n = constant u32 1000 "
      "for %i = %z to %n step %one { }";
  EXPECT_FALSE(run(loop, 1, {.fuel = 1001}));
  const auto fault = run(loop, 1, {.fuel = 100});
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->kind, FaultKind::endless_loop);
}

// A race that only some orders show as a wrong value is found in every order.
TEST(KernelSanitizerSwitch, RacesAreFoundInEveryOrder) {
  const char* race =
      "%w = builtin workgroup_x %l = builtin local_index %z = constant u32 0 "
      "%n = constant u32 13 %c = equal %w, %n %d = equal %l, %z "
      "%e = logical_and %c, %d if %e { store y, %z, %w }"
      "%m = constant u32 5 %f = equal %w, %m %g = logical_and %f, %d "
      "if %g { store y, %z, %w }";
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto fault = run(race, 16, {.seed = seed});
    ASSERT_TRUE(fault) << seed;
    EXPECT_EQ(fault->kind, FaultKind::race);
  }
}

// Two f16 in one word are two elements.
TEST(KernelSanitizerSwitch, HalvesOfAWordDoNotRace) {
  const auto kernel = parse_kernel(
      "kernel k workgroup(4, 1, 1) { write y: f16 %l = builtin local_index %z = constant u32 0 "
      "%a = convert %l to f16 store y, %l, %a %b = load y, %l }",
      "k");
  ASSERT_TRUE(kernel);
  Buffers buffers;
  buffers.add(8);
  EXPECT_FALSE(run_kernel(*kernel, std::vector<std::uint32_t>{0}, {1, 1, 1}, buffers));
  EXPECT_EQ(buffers.read<std::uint16_t>(0)[3], 0x4200);
  EXPECT_TRUE(buffers.written(0, 0, 8));
}

}  // namespace
}  // namespace ir::kernel
