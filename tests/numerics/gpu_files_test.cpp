// SPDX-License-Identifier: Apache-2.0
// Writes the numeric cases for gpu.test.mjs into the folder that TEST_TMPDIR names:
//
//   shaders/NNN.wgsl   every different kernel of the cases, and of the models in build/data
//   cases.json         for each case: buffers, dispatches with their grids, what is expected where
//   cases.bin          the first bytes of buffers; words, values and bounds of expectations
//
// Software GPUs take long to compile kernels, so they get one in three of the sizes that the kernel
// interpreter runs: each op and encoding with all kernel forms, plain and as variants for f16 and
// subgroups; one in three of those with the generic form alone, too; draws from two vocabularies.
// Bytes that nobody has written are 0xff, so that floats read from there are NaN.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "codegen/lower/lower.h"
#include "codegen/wgsl/wgsl.h"
#include "compiler/pass_runner.h"
#include "passes/kernel/plan_memory.h"
#include "passes/kernel/prune_values.h"
#include "tests/numerics/draw_case.h"
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
  for (const char* name : {"stories260K-hf", "stories260K-hf-bf16-2shards", "tiny-random-llama2"}) {
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

// Whether a device with more runs other kernels.
bool differ(const Program& program, ir::Target more, ir::Target less) {
  bool found = false;
  for (std::uint32_t i = 0; i < program.kernels.size(); ++i)
    found |= &program.kernel_for(i, more) != &program.kernel_for(i, less);
  return found;
}

// "linear_q4" of "linear_q4_65x129_7_rows".
std::string without_sizes(const std::string& name) {
  return std::regex_replace(name, std::regex("_[0-9]+x[0-9]+.*"), "");
}

TEST(GpuFiles, WritesCasesOfEveryKind) {
  CaseFiles files(std::filesystem::path(testing::TempDir()) / "numerics");
  std::vector<std::string_view> special = codegen::lower::form_names();
  special.pop_back();
  std::map<std::string, std::size_t> counts;
  for (const NumericCase& one : all_cases()) {
    const std::size_t count = counts[without_sizes(one.name)]++;
    if (count % 3 != 0) continue;
    const PreparedCase prepared(one);
    const bool generic_too = count % 9 == 0;
    for (const bool all_forms : {true, false}) {
      if (!all_forms && !generic_too) continue;
      Program program = prepared.lower(all_forms ? std::vector<std::string_view>() : special);
      passes::prune_values(program);
      passes::plan_memory(program);
      files.add_case(one.name, all_forms ? "all forms" : "only generic", prepared, program);
      constexpr ir::Target kPlain, kSubgroups{.subgroups = true},
          kAll{.f16 = true, .subgroups = true};
      if (differ(program, kSubgroups, kPlain))
        files.add_case(one.name, "subgroups", prepared, program, kSubgroups);
      if (differ(program, kAll, kSubgroups))
        files.add_case(one.name, "f16 and subgroups", prepared, program, kAll);
    }
  }
  for (const DrawCase& one : draw_cases())
    if (one.vocabulary >= 5000) files.add_draw(one.name, PreparedDraw(one));
  files.finish(add_model_shaders(files));
}

}  // namespace
}  // namespace tests::numerics
