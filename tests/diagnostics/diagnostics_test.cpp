// SPDX-License-Identifier: Apache-2.0
// Runs every tests/diagnostics/*.case through the program itself and compares what a user would
// see. After a failure nothing may be left that was not there before.
//
// WEBLLM_UPDATE=1 writes what the program says now into the cases.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "ir/support/diagnostic_kind.h"
#include "tests/diagnostics/case_file.h"
#include "tests/diagnostics/program.h"
#include "tests/support/made_safetensors.h"
#include "tests/support/temporary_folder.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(WEBLLM_SOURCE_DIR) / "tests/diagnostics";

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// "weights/*.bin" is the first file of that kind; other names stand for themselves.
fs::path file_named(const fs::path& name) {
  if (name.stem() != "*") return name;
  std::set<fs::path> found;
  for (const auto& entry : fs::directory_iterator(name.parent_path()))
    if (entry.path().extension() == name.extension()) found.insert(entry.path());
  EXPECT_FALSE(found.empty()) << name;
  return found.empty() ? name : *found.begin();
}

// The first line of `change` becomes the second.
std::string replaced(std::string bytes, const std::string& change) {
  std::istringstream lines(change);
  std::string from;
  std::string to;
  std::getline(lines, from);
  std::getline(lines, to);
  const std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << "nothing to replace: " << from;
  return at == std::string::npos ? bytes : bytes.replace(at, from.size(), to);
}

void lay_out(const CaseStep& file, const TemporaryFolder& folder) {
  const fs::path path = file_named(folder / file.name);
  std::string bytes = file.text;
  if (file.kind == "removed") {
    fs::remove_all(path);
    return;
  }
  if (file.kind == "made") bytes = made_safetensors(file.text);
  if (file.kind == "replaced") bytes = replaced(read_whole(path), file.text);
  if (file.kind == "flipped") {
    bytes = read_whole(path);
    bytes.at(bytes.size() / 2) ^= 1;
  }
  folder.write(path.lexically_relative(folder.path()).string(), bytes);
}

class Diagnostics : public testing::TestWithParam<std::string> {};

TEST_P(Diagnostics, AreWhatTheUserShouldSee) {
  const fs::path path = kFolder / (GetParam() + ".case");
  const std::string text = read_whole(path);
  const CaseFile test = parse_case(text);
  ASSERT_FALSE(test.prose.empty()) << "the first line says what the case shows";
  ASSERT_TRUE(!test.steps.empty() && test.steps.back().kind == "run")
      << "the last thing to happen is a line `$ webllm-compile ...`";

  const TemporaryFolder folder;
  for (const CaseStep& step : parse_case(read_whole(kFolder / "tiny_llama.base")).steps)
    lay_out(step, folder);
  std::set<std::string> before;
  Outcome outcome;
  for (const CaseStep& step : test.steps) {
    if (step.kind != "run") {
      lay_out(step, folder);
      continue;
    }
    ASSERT_LE(outcome.exit_code, 0) << "only the last command may fail\n" << outcome.errors;
    before = tree(folder.path());
    outcome = finish(start(step.name, folder.path()));
    ASSERT_NE(outcome.exit_code, kNoProgram) << "no program at " << program();
  }

  const std::string said = with_open_ends(outcome.errors, test.expected);
  if (std::getenv("WEBLLM_UPDATE") != nullptr) {
    std::ofstream(path) << with_expectation(text, outcome.exit_code, said);
  } else {
    EXPECT_EQ(said, test.expected);
    EXPECT_EQ(outcome.exit_code, test.exit_code);
  }
  if (outcome.exit_code != 0) {
    EXPECT_EQ(tree(folder.path()), before) << "something was left behind";
  }
  if (HasFailure())
    ADD_FAILURE() << "alone: build/release/tests/tests_diagnostics --gtest_filter='*/" << GetParam()
                  << "'; to accept what it says now, put WEBLLM_UPDATE=1 before it";
}

INSTANTIATE_TEST_SUITE_P(Cases, Diagnostics, testing::ValuesIn(case_names()),
                         [](const auto& info) { return info.param; });

// Kinds that no command line can bring about, each with the test that does: "kind path".
std::set<std::string> covered_elsewhere() {
  std::set<std::string> kinds;
  std::istringstream lines(read_whole(kFolder / "covered_elsewhere.txt"));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string kind;
    std::string path;
    words >> kind >> path;
    std::string identifier = kind;
    std::replace(identifier.begin(), identifier.end(), '-', '_');
    const std::string test = read_whole(fs::path(WEBLLM_SOURCE_DIR) / path);
    EXPECT_TRUE(test.find(kind) != std::string::npos || test.find(identifier) != std::string::npos)
        << path << " does not speak of " << kind;
    kinds.insert(kind);
  }
  return kinds;
}

TEST(DiagnosticKinds, AreEachProducedBySomeCase) {
  std::string all;
  for (const std::string& name : case_names())
    all += parse_case(read_whole(kFolder / (name + ".case"))).expected;
  const std::set<std::string> elsewhere = covered_elsewhere();
  for (const ir::DiagnosticKindInfo& info : ir::kDiagnosticKinds) {
    const bool here = all.find("[" + std::string(info.name) + "]") != std::string::npos;
    const bool there = elsewhere.contains(std::string(info.name));
    EXPECT_TRUE(here || there) << "no case shows " << info.name << ": " << info.meaning;
    EXPECT_FALSE(here && there) << info.name << " need not stand in covered_elsewhere.txt";
  }
}

}  // namespace
}  // namespace tests
