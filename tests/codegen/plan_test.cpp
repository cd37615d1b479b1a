// SPDX-License-Identifier: Apache-2.0
// model.wasm: deterministic, without imports, sections in place. That its plan functions write what
// the schedule means is checked by plan.test.mjs: it names a folder by TEST_TMPDIR, finds the
// module and the records expected here in it, and runs the one against the other.
#include "codegen/wasm/plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "compiler/model.h"
#include "compiler/pass_runner.h"
#include "compiler/quantization.h"
#include "ir/kernel/bind_groups.h"
#include "ir/support/match.h"
#include "runtime/formats/step_list.h"
#include "tests/support/test_data.h"

namespace {

using namespace ir::kernel;
using codegen::wasm::compile_plan;
using codegen::wasm::CustomSection;
using nlohmann::json;
using runtime::formats::StepRecordKind;

// A random expression over the parameters, every kind of node included.
SizeExpr random_expr(std::mt19937& random, const std::vector<std::string>& parameters, int depth) {
  const auto below = [&](unsigned n) { return random() % n; };
  if (depth == 0 || below(5) == 0) {
    if (below(3) == 0) return SizeExpr(std::uint64_t{below(70)});
    return SizeExpr(parameters[below(static_cast<unsigned>(parameters.size()))]);
  }
  SizeExpr a = random_expr(random, parameters, depth - 1);
  SizeExpr b = random_expr(random, parameters, depth - 1);
  switch (below(7)) {
    case 0:
      return std::move(a) + std::move(b);
    case 1:
      return std::move(a) * std::move(b);
    case 2:
      return ceil_div(std::move(a), max(std::move(b), std::uint64_t{1}));
    case 3:
      return min(std::move(a), std::move(b));
    case 4:
      return max(std::move(a), std::move(b));
    case 5:
      return equal(std::move(a), std::move(b));
    default:
      return greater(std::move(a), std::move(b));
  }
}

Buffer buffer(std::string name, BufferRole role) {
  return {.name = std::move(name), .role = role, .bytes = 1024};
}

ScheduledFunction random_function(std::mt19937& random, std::string name,
                                  std::vector<std::string> parameters) {
  ScheduledFunction function{.name = std::move(name), .parameters = std::move(parameters)};
  const auto expr = [&](int depth) { return random_expr(random, function.parameters, depth); };
  for (int i = 0; i < 60; ++i) {
    Step step;
    if (i % 4 == 0) {
      step.action = Copy{.from = 0, .to = 1, .bytes = expr(3)};
    } else {
      const std::uint32_t last = random() % 3;  // 2 is the step buffer
      step.action = Dispatch{.kernel = static_cast<std::uint32_t>(random() % 2),
                             .buffers = {0, last},
                             .grid = {expr(3), expr(2), i % 3 == 0 ? expr(1) : SizeExpr(1)}};
    }
    if (i % 5 == 0) step.when = expr(3);
    function.steps.push_back(std::move(step));
  }
  return function;
}

Program sample_program() {
  std::mt19937 random(7);
  Program program{.architecture = "Sample"};
  program.buffers = {buffer("x", BufferRole::scratch), buffer("y", BufferRole::scratch),
                     buffer("step", BufferRole::step)};
  program.kernels.resize(2);
  program.functions = {random_function(random, "forward", {"rows", "pages"}),
                       random_function(random, "head", {"outputs"}),
                       ScheduledFunction{.name = "nothing"}};
  return program;
}

bool uses_step(const Program& program, const Dispatch& dispatch) {
  for (const std::uint32_t buffer : dispatch.buffers)
    if (program.buffers[buffer].role == BufferRole::step) return true;
  return false;
}

// What the schedule means: the records of one call.
json expected_records(const Program& program, const ScheduledFunction& function,
                      const Symbols& symbols) {
  const BindGroups groups(program);
  const auto word = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
  json records = json::array();
  for (std::size_t i = 0; i < function.steps.size(); ++i) {
    const Step& step = function.steps[i];
    if (evaluate(step.when, symbols) == 0) continue;
    ir::match(
        step.action,
        [&](const Dispatch& d) {
          std::array<std::uint64_t, 3> grid{};
          for (int axis = 0; axis < 3; ++axis) grid[axis] = evaluate(d.grid[axis], symbols);
          if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) return;
          records.push_back({StepRecordKind::dispatch, d.kernel, groups.index_of(d),
                             uses_step(program, d) ? 1 : 0, word(grid[0]), word(grid[1]),
                             word(grid[2]), i});
        },
        [&](const Copy& c) {
          const std::uint64_t bytes = evaluate(c.bytes, symbols);
          if (bytes > 0)
            records.push_back({StepRecordKind::copy, c.from, c.to, 0, word(bytes), 0, 0, i});
        });
  }
  return records;
}

json expected_calls(const Program& program) {
  std::mt19937 random(11);
  json calls = json::array();
  for (const ScheduledFunction& function : program.functions) {
    for (int i = 0; i < 200; ++i) {
      Symbols symbols;
      json arguments = json::array();
      for (const std::string& parameter : function.parameters) {
        const std::uint32_t value = i < 4 ? i : random() % (i % 2 == 0 ? 130 : 100000);
        symbols[parameter] = value;
        arguments.push_back(value);
      }
      calls.push_back({{"export", "plan_" + function.name},
                       {"arguments", arguments},
                       {"records", expected_records(program, function, symbols)}});
    }
  }
  return calls;
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Leaves module and expected calls for plan.test.mjs.
void write_for_node(const Program& program, std::span<const std::byte> module) {
  if (getenv("TEST_TMPDIR") == nullptr) return;
  const std::string folder = testing::TempDir();
  std::ofstream(folder + "plan.wasm", std::ios::binary)
      << std::string_view(reinterpret_cast<const char*>(module.data()), module.size());
  std::ofstream(folder + "plan.json") << expected_calls(program).dump();
}

TEST(Plan, CompilesToTheSameBytesEachTime) {
  const Program program = sample_program();
  const CustomSection section{"webllm.program", to_bytes(std::string(300, 'p'))};
  const auto first = compile_plan(program, std::span(&section, 1));
  const auto second = compile_plan(program, std::span(&section, 1));
  ASSERT_TRUE(first) << to_string(first.error());
  ASSERT_TRUE(second) << to_string(second.error());
  EXPECT_EQ(*first, *second);
  write_for_node(program, *first);
}

TEST(Plan, CompilesTheScheduleOfAModel) {
  const auto folder = tests::require_test_data("models/stories260K-hf");
  if (!folder) return;
  const auto model = compiler::open_model(*folder, std::nullopt);
  ASSERT_TRUE(model) << to_string(model.error());
  const auto compiled =
      compiler::compile_in_memory(*model, *compiler::quantization_named("q4f16_1"));
  ASSERT_TRUE(compiled) << to_string(compiled.error());
  const auto module = compile_plan(*compiled->program);
  ASSERT_TRUE(module) << to_string(module.error());
  write_for_node(*compiled->program, *module);
}

TEST(Plan, LeavesNoFileBehind) {
  const auto entries = [] {
    std::vector<std::string> names;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::temp_directory_path()))
      if (entry.path().filename().string().starts_with("webllm-link-"))
        names.push_back(entry.path());
    return names;
  };
  const auto before = entries();
  ASSERT_TRUE(compile_plan(sample_program()));
  EXPECT_EQ(entries(), before);
}

TEST(Plan, SaysWhenTheLinkerHasNoFolder) {
  const char* old = getenv("TMPDIR");
  const std::string kept = old == nullptr ? "" : old;
  setenv("TMPDIR", "/nonexistent", 1);
  const auto module = compile_plan(sample_program());
  old == nullptr ? unsetenv("TMPDIR") : setenv("TMPDIR", kept.c_str(), 1);
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().kind, ir::DiagnosticKind::file_unwritable);
}

TEST(BindGroups, ListsEachUseOnceInOrder) {
  Program program = sample_program();
  program.functions.resize(1);
  const Dispatch a{.kernel = 0, .buffers = {0, 1}, .grid = {1, 1, 1}};
  const Dispatch b{.kernel = 1, .buffers = {0, 1}, .grid = {1, 1, 1}};
  program.functions[0].steps = {Step{.action = b}, Step{.action = a}, Step{.action = b}};
  const BindGroups groups(program);
  ASSERT_EQ(groups.list().size(), 2U);
  EXPECT_EQ(groups.index_of(b), 0U);
  EXPECT_EQ(groups.index_of(a), 1U);
}

}  // namespace
