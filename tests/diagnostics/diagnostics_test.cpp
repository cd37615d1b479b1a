// SPDX-License-Identifier: Apache-2.0
// Runs every tests/diagnostics/*.case through the program itself and compares what a user would
// see. After a failure nothing may be left that was not there before.
//
// WEBLLM_UPDATE=1 writes what the program says now into the cases.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "ir/support/diagnostic_kind.h"
#include "tests/diagnostics/case_file.h"
#include "tests/support/made_safetensors.h"
#include "tests/support/temporary_folder.h"

namespace tests {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(WEBLLM_SOURCE_DIR) / "tests/diagnostics";
constexpr unsigned kSeconds = 60;

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder))
    if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// The program stands in the build folder, this test in tests/ below it.
fs::path program() {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "webllm-compile";
}

void lay_out(const std::vector<CaseSection>& files, const TemporaryFolder& folder) {
  for (const CaseSection& file : files) {
    if (file.kind == "removed")
      fs::remove_all(folder / file.name);
    else
      folder.write(file.name, file.kind == "made" ? made_safetensors(file.text) : file.text);
  }
}

std::set<std::string> tree(const fs::path& folder) {
  std::set<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    paths.insert(entry.path().lexically_relative(folder).string());
  return paths;
}

struct Outcome {
  int exit_code = -1;
  std::string errors;
};

// In `folder`, with stdin and stdout closed off and stderr in a file.
Outcome run(const std::vector<std::string>& arguments, const fs::path& folder) {
  const TemporaryFolder outside;
  const fs::path errors = outside / "stderr";
  std::vector<std::string> words = {program().string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDWR);
    const int file = ::open(errors.c_str(), O_WRONLY | O_CREAT, 0600);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::alarm(kSeconds);
    if (::chdir(folder.c_str()) == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, .errors = read_whole(errors)};
}

class Diagnostics : public testing::TestWithParam<std::string> {};

TEST_P(Diagnostics, AreWhatTheUserShouldSee) {
  const fs::path path = kFolder / (GetParam() + ".case");
  const std::string text = read_whole(path);
  const CaseFile test = parse_case(text);
  ASSERT_FALSE(test.prose.empty()) << "the first line says what the case shows";
  ASSERT_FALSE(test.arguments.empty()) << "a line `$ webllm-compile ...` is missing";

  const TemporaryFolder folder;
  lay_out(parse_case(read_whole(kFolder / "tiny_llama.base")).files, folder);
  lay_out(test.files, folder);
  const std::set<std::string> before = tree(folder.path());
  const Outcome outcome = run(test.arguments, folder.path());

  if (std::getenv("WEBLLM_UPDATE") != nullptr) {
    std::ofstream(path) << with_expectation(text, outcome.exit_code, outcome.errors);
  } else {
    EXPECT_EQ(outcome.errors, test.expected);
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
