// SPDX-License-Identifier: Apache-2.0
// Runs webllm-compile as a user would, in a folder of its own.
//
//   const Outcome outcome = finish(start("inspect model", folder));
//   outcome.exit_code; outcome.errors;
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/diagnostics/case_file.h"
#include "tests/support/temporary_folder.h"

namespace tests {

constexpr int kNoProgram = 127;  // the exit code when there is none

// The program stands in the build folder, the test in tests/ below it.
inline std::filesystem::path program() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() /
         "webllm-compile";
}

struct Running {
  pid_t process = -1;
  std::filesystem::path folder;
  std::unique_ptr<TemporaryFolder> outside;  // holds stderr
};

struct Outcome {
  int exit_code = -1;  // stays when a signal ended the program
  std::string errors;  // stderr, with paths from the folder on
};

// With stdin and stdout closed off; a program that hangs is ended after a minute.
inline Running start(const std::string& arguments, const std::filesystem::path& folder) {
  constexpr unsigned kSeconds = 60;
  Running running{.folder = folder, .outside = std::make_unique<TemporaryFolder>()};
  const std::filesystem::path errors = *running.outside / "stderr";
  std::vector<std::string> words = {program().string()};
  std::istringstream split(arguments);
  for (std::string word; split >> word;) words.push_back(word);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  running.process = ::fork();
  if (running.process != 0) return running;
  const int nothing = ::open("/dev/null", O_RDWR);
  const int file = ::open(errors.c_str(), O_WRONLY | O_CREAT, 0600);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(file, STDERR_FILENO);
  ::alarm(kSeconds);
  if (::chdir(folder.c_str()) == 0) ::execv(argv[0], argv.data());
  ::_exit(kNoProgram);
}

inline Outcome finish(const Running& running) {
  int status = 0;
  ::waitpid(running.process, &status, 0);
  Outcome outcome{.errors = read_whole(*running.outside / "stderr")};
  if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
  // The folder has another name each time.
  const std::string prefix = running.folder.string() + "/";
  for (std::size_t at = 0; (at = outcome.errors.find(prefix, at)) != std::string::npos;)
    outcome.errors.erase(at, prefix.size());
  return outcome;
}

// All paths below a folder.
inline std::set<std::string> tree(const std::filesystem::path& folder) {
  std::set<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    paths.insert(entry.path().lexically_relative(folder).string());
  return paths;
}

}  // namespace tests
