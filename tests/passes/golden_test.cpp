// SPDX-License-Identifier: Apache-2.0
// Golden IR: each *.graph and *.kernel file here is a pass at work.
//
//   // what the case shows
//   // passes: fuse-swiglu
//   ... input ...
//   // expect
//   ... what the passes make of it ...
//
//   build/release/tests/tests_passes --update          rewrites the part after `// expect`
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "compiler/pass_table.h"

namespace tests::passes {
namespace {

using compiler::kPasses;
using compiler::PassOptions;
namespace fs = std::filesystem;

constexpr std::string_view kPassesLine = "// passes: ";
constexpr std::string_view kExpectLine = "// expect\n";
constexpr std::size_t kMostLines = 80;  // 40 before, 40 after

fs::path folder() { return fs::path(WEBLLM_SOURCE_DIR) / "tests/passes"; }

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder()))
    if (entry.path().extension() == ".graph" || entry.path().extension() == ".kernel")
      names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(std::string file) {
  std::replace(file.begin(), file.end(), '.', '_');
  return file;
}

struct GoldenFile {
  std::string head;  // up to and with the line `// expect`
  std::vector<std::string> passes;
  std::string input, expected;
};

GoldenFile read(const std::string& name) {
  std::ifstream file(folder() / name);
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  const std::size_t expect = all.find(kExpectLine), passes = all.find(kPassesLine);
  EXPECT_TRUE(all.starts_with("// ") && expect != all.npos && passes < expect)
      << name << " must begin with a sentence, and have '// passes:' and '// expect'";
  GoldenFile golden;
  golden.head = all.substr(0, expect + kExpectLine.size());
  golden.input = all.substr(0, expect);
  golden.expected = all.substr(golden.head.size());
  const std::size_t begin = passes + kPassesLine.size();
  std::stringstream list(all.substr(begin, all.find('\n', begin) - begin));
  for (std::string pass; std::getline(list >> std::ws, pass, ',');) golden.passes.push_back(pass);
  return golden;
}

const compiler::Pass* pass_named(std::string_view name) {
  const std::size_t index = compiler::pass_index(name);
  if (index == kPasses.size()) ADD_FAILURE() << "there is no pass " << name;
  return index < kPasses.size() ? &kPasses[index] : nullptr;
}

// The passes of one level over a graph or a program, with the laws of each stage; as text.
template <class PassOfLevel, class Level>
std::string run_passes(const GoldenFile& golden, Level level) {
  for (const std::string& name : golden.passes) {
    const compiler::Pass* pass = pass_named(name);
    const auto* run = pass ? std::get_if<PassOfLevel>(&pass->run) : nullptr;
    if (!run) {
      ADD_FAILURE() << name << " does not work on this level";
      continue;
    }
    run->run(level, PassOptions());
    const auto laws = verify(level, run->after);
    EXPECT_TRUE(laws) << "after " << name << ": " << to_string(laws.error());
  }
  return print(level);
}

std::string output_of(const std::string& name, const GoldenFile& golden) {
  if (name.ends_with(".graph")) {
    auto graph = ir::graph::parse(golden.input, name);
    EXPECT_TRUE(graph) << to_string(graph.error());
    return graph ? run_passes<compiler::GraphPass>(golden, *std::move(graph)) : "";
  }
  auto program = ir::kernel::parse_program(golden.input, name);
  EXPECT_TRUE(program) << to_string(program.error());
  return program ? run_passes<compiler::KernelPass>(golden, *std::move(program)) : "";
}

bool updating() {
  const std::vector<std::string> arguments = testing::internal::GetArgvs();
  return std::find(arguments.begin(), arguments.end(), "--update") != arguments.end();
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, IsWhatThePassesMake) {
  const std::string& name = GetParam();
  const GoldenFile golden = read(name);
  const std::string output = output_of(name, golden);
  if (updating()) std::ofstream(folder() / name) << golden.head << output;
  const std::string whole = golden.head + output;
  EXPECT_LE(static_cast<std::size_t>(std::count(whole.begin(), whole.end(), '\n')), kMostLines);
  if (updating()) return;
  EXPECT_EQ(output, golden.expected)
      << "alone: build/release/tests/tests_passes --gtest_filter=*/" << test_name(name)
      << "\nif it is right: build/release/tests/tests_passes --update";
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(golden_files()),
                         [](const auto& info) { return test_name(info.param); });

// The list leaves no pass out.
TEST(Goldens, EveryPassHasOne) {
  std::set<std::string> shown;
  for (const std::string& name : golden_files())
    for (const std::string& pass : read(name).passes) shown.insert(pass);
  for (const compiler::Pass& pass : kPasses) {
    const bool is_lowering = std::holds_alternative<compiler::Lowering>(pass.run);
    EXPECT_TRUE(is_lowering || shown.contains(std::string(pass.name))) << pass.name << " has none";
  }
}

}  // namespace
}  // namespace tests::passes
