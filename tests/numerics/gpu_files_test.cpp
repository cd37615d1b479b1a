// SPDX-License-Identifier: Apache-2.0
// Writes the numeric cases for gpu.test.mjs into the folder that TEST_TMPDIR names:
//
//   shaders/NNN.wgsl   every different kernel of the cases, and of the models in build/data
//   cases.json         for each case: buffers, dispatches with their grids, what is expected where
//   cases.bin          the first bytes of buffers; words, values and bounds of expectations
//
// Software GPUs take long to compile kernels, so they get one in three of the sizes that the kernel
// interpreter runs, as each target runs them; the first of each family with the generic form alone,
// too; and draws from three vocabularies. coverage_test.cpp shows that no kind of kernel is left
// out. Bytes that nobody has written are 0xff, so that floats read from there are NaN.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "codegen/lower/lower.h"
#include "codegen/targets/targets.h"
#include "codegen/wgsl/wgsl.h"
#include "compiler/pass_runner.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"
#include "tests/numerics/draw_case.h"
#include "tests/numerics/golden_models.h"
#include "tests/numerics/prepared_case.h"
#include "tests/support/test_data.h"

namespace tests::numerics {
namespace {

using ir::kernel::Dispatch;
using ir::kernel::Program;
using nlohmann::json;

class CaseFiles {
 public:
  explicit CaseFiles(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_ / "shaders");
    data_.open(folder_ / "cases.bin", std::ios::binary);
  }

  // As a device with `target` runs it.
  void add_case(const std::string& name, std::string_view forms, const PreparedCase& prepared,
                const Program& program, ir::Target target = {}) {
    target_ = target;
    cases_.push_back({{"name", name},
                      {"forms", forms},
                      {"f16", target.f16},
                      {"subgroups", target.subgroups},
                      {"buffers", buffers_of(prepared.buffers(program), program)},
                      {"dispatches", dispatches_of("run", prepared.symbols(), program)},
                      {"expected", expected_of(prepared.expectations(program))}});
  }

  void add_draw(const std::string& name, const PreparedDraw& prepared) {
    target_ = {};
    json dispatches = dispatches_of("draw", prepared.symbols(), prepared.program());
    for (json& dispatch : dispatches_of("logprobs", prepared.symbols(), prepared.program()))
      dispatches.push_back(std::move(dispatch));
    cases_.push_back({{"name", name},
                      {"forms", "draw"},
                      {"f16", false},
                      {"subgroups", false},
                      {"buffers", buffers_of(prepared.buffers(), prepared.program())},
                      {"dispatches", std::move(dispatches)},
                      {"expected", expected_of(prepared.expectations())}});
  }

  // The number of a kernel's shader; equal texts have one.
  std::size_t shader(const ir::kernel::Kernel& kernel) {
    const auto [at, is_new] = shaders_.emplace(codegen::wgsl::write_wgsl(kernel), shaders_.size());
    if (is_new)
      std::ofstream(folder_ / "shaders" / fmt::format("{:04}.wgsl", at->second)) << at->first;
    return at->second;
  }

  void finish(std::size_t models) {
    const json all = {{"shaders", shaders_.size()}, {"models", models}, {"cases", cases_}};
    std::ofstream(folder_ / "cases.json") << all.dump();
    data_.close();
    EXPECT_TRUE(data_.good());
  }

 private:
  template <class T>
  std::uint64_t append(const std::vector<T>& values) {
    while (written_ % 8 != 0) written_ += (data_.put(0), 1);
    const std::uint64_t at = written_;
    data_.write(reinterpret_cast<const char*>(values.data()),
                static_cast<std::streamsize>(values.size() * sizeof(T)));
    written_ += values.size() * sizeof(T);
    return at;
  }

  json buffers_of(const ir::kernel::Buffers& buffers, const Program& program) {
    json list = json::array();
    for (std::uint32_t i = 0; i < buffers.count(); ++i) {
      std::vector<std::uint32_t> words = buffers.read<std::uint32_t>(i);
      bool any = false;
      for (std::size_t word = 0; word < words.size(); ++word) {
        const bool is_written = buffers.written(i, word * 4, 4);
        if (!is_written) words[word] = 0xffffffff;
        any |= is_written;
      }
      json buffer = {{"bytes", words.size() * 4}, {"role", name_of(program.buffers[i].role)}};
      if (any) buffer["data"] = append(words);
      list.push_back(std::move(buffer));
    }
    return list;
  }

  json dispatches_of(std::string_view function, const ir::kernel::Symbols& symbols,
                     const Program& program) {
    json list = json::array();
    for (const ir::kernel::Step& step : program.function(function)->steps) {
      const auto* dispatch = std::get_if<Dispatch>(&step.action);
      if (!dispatch) ADD_FAILURE() << "a copy";
      if (!dispatch || evaluate(step.when, symbols) == 0) continue;
      const ir::kernel::Kernel& kernel = program.kernel_for(dispatch->kernel, target_);
      json writes = json::array(), grid = json::array();
      for (std::uint32_t i = 0; i < kernel.storage_count(); ++i)
        writes.push_back(kernel.memories[i].space == ir::kernel::Space::read_write);
      bool is_empty = false;
      for (const ir::kernel::SizeExpr& size : dispatch->grid) {
        grid.push_back(evaluate(size, symbols));
        is_empty |= grid.back() == 0;
      }
      if (!is_empty)
        list.push_back({{"shader", shader(kernel)},
                        {"kernel", kernel.name},
                        {"buffers", dispatch->buffers},
                        {"writes", writes},
                        {"grid", grid}});
    }
    return list;
  }

  json expected_of(const std::vector<Expectation>& all) {
    std::map<std::pair<std::uint32_t, bool>, std::vector<Expectation>> by_buffer;  // and type
    for (const Expectation& e : all) by_buffer[{e.buffer, e.is_u32}].push_back(e);
    json list = json::array();
    for (const auto& [key, expectations] : by_buffer) {
      std::vector<std::uint32_t> words;
      std::vector<double> values, bounds;
      for (const Expectation& e : expectations) {
        words.push_back(static_cast<std::uint32_t>(e.word));
        values.push_back(e.value);
        bounds.push_back(e.bound);
      }
      list.push_back({{"buffer", key.first},
                      {"type", key.second ? "u32" : "f32"},
                      {"count", words.size()},
                      {"words", append(words)},
                      {"values", append(values)},
                      {"bounds", append(bounds)}});
    }
    return list;
  }

  std::filesystem::path folder_;
  std::ofstream data_;
  std::uint64_t written_ = 0;
  ir::Target target_;
  std::map<std::string, std::size_t> shaders_;
  json cases_ = json::array();
};

// The kernels of every model there is, in every quantization.
std::size_t add_model_shaders(CaseFiles& files) {
  std::size_t models = 0;
  for (const char* name : kGoldenModels) {
    const auto path = test_data_path(std::string("models/") + name);
    if (!path) continue;
    const auto model = compiler::open_model(*path, std::nullopt);
    EXPECT_TRUE(model) << to_string(model.error());
    if (!model) continue;
    for (const compiler::Quantization& quantization : compiler::kQuantizations) {
      const auto compiled = compiler::compile_in_memory(*model, quantization);
      EXPECT_TRUE(compiled) << to_string(compiled.error());
      if (!compiled) continue;
      for (const ir::kernel::Kernel& kernel : compiled->program->kernels) files.shader(kernel);
      for (const ir::kernel::Variant& variant : compiled->program->variants)
        files.shader(variant.kernel);
    }
    ++models;
  }
  return models;
}

// What a device with `target` runs.
std::vector<const ir::kernel::Kernel*> kernels_on(const Program& program, ir::Target target) {
  std::vector<const ir::kernel::Kernel*> kernels;
  for (std::uint32_t i = 0; i < program.kernels.size(); ++i)
    kernels.push_back(&program.kernel_for(i, target));
  return kernels;
}

// The plain kernels, then those of every target that runs others.
void add_targets(CaseFiles& files, const NumericCase& one, const PreparedCase& prepared,
                 std::string_view forms, std::vector<std::string_view> without) {
  Program program = prepared.lower(std::move(without));
  passes::prune_values(program);
  passes::plan_memory(program);
  files.add_case(one.name, forms, prepared, program);
  std::set<std::vector<const ir::kernel::Kernel*>> known = {kernels_on(program, {})};
  for (const ir::Target& target : codegen::targets::kTargets)
    if (known.insert(kernels_on(program, target)).second)
      files.add_case(one.name, forms, prepared, program, target);
}

TEST(GpuFiles, WritesCasesOfEveryKind) {
  CaseFiles files(std::filesystem::path(testing::TempDir()) / "numerics");
  std::vector<std::string_view> special = codegen::lower::form_names();
  special.pop_back();
  std::set<std::string> families;
  for (const NumericCase& one : gpu_cases()) {
    const PreparedCase prepared(one);
    add_targets(files, one, prepared, "all forms", {});
    if (one.family.empty() || families.insert(one.family).second)
      add_targets(files, one, prepared, "only generic", special);
  }
  for (const DrawCase& one : draw_cases())
    if (one.vocabulary >= 5000) files.add_draw(one.name, PreparedDraw(one));
  files.finish(add_model_shaders(files));
}

}  // namespace
}  // namespace tests::numerics
