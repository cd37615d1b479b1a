// SPDX-License-Identifier: Apache-2.0
// A test case for what users see when something is wrong: one text file.
//
//   The model's architecture is named, and so is what is supported.
//
//   -- model/config.json --
//   {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}
//   -- model/model.safetensors made --
//   tensor wte.weight F32 8 8
//   $ webllm-compile inspect model
//   -- expect 1 --
//   error: the architecture "GPT2LMHeadModel" is not supported  [unknown-architecture]
//
// Prose, then files and commands in the order in which they come about, at last the exit code and
// the stderr of the last command. README.md in this folder names the kinds of files.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

// A file to lay out or change, or a command to run (kind "run", name: the arguments).
struct CaseStep {
  std::string name;  // "model/config.json"
  std::string kind;  // "", "made", "removed", "replaced", "flipped", "run"
  std::string text;
};

struct CaseFile {
  std::string prose;
  std::vector<CaseStep> steps;
  int exit_code = -1;
  std::string expected;
};

inline std::string read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "-- a/b made --" -> {"a/b", "made"}; "$ webllm-compile a b" -> {"a b", "run"}; else no name.
inline CaseStep step_line(const std::string& line) {
  constexpr std::string_view kCommand = "$ webllm-compile ";
  if (line.starts_with(kCommand)) return {.name = line.substr(kCommand.size()), .kind = "run"};
  if (!line.starts_with("-- ") || !line.ends_with(" --")) return {};
  std::istringstream words(line.substr(3, line.size() - 6));
  CaseStep step;
  words >> step.name >> step.kind;
  return step;
}

inline CaseFile parse_case(const std::string& text) {
  CaseFile parsed;
  std::string* place = &parsed.prose;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const CaseStep step = step_line(line);
    if (step.name == "expect") {
      parsed.exit_code = std::stoi(step.kind);
      place = &parsed.expected;
    } else if (!step.name.empty()) {
      parsed.steps.push_back(step);
      place = &parsed.steps.back().text;
    } else {
      *place += line + "\n";
    }
  }
  return parsed;
}

// What a command said, as a case with open ends expects it: a line "a, ..." stands for every line
// that begins with "a, ".
inline std::string with_open_ends(const std::string& said, const std::string& expected) {
  constexpr std::string_view kOpen = "...";
  std::istringstream lines(said), wanted(expected);
  std::string text, line, open;
  while (std::getline(lines, line)) {
    const bool is_open = std::getline(wanted, open) && open.ends_with(kOpen) &&
                         line.starts_with(open.substr(0, open.size() - kOpen.size()));
    text += (is_open ? open : line) + "\n";
  }
  return text;
}

// The file's text with another exit code and other words expected.
inline std::string with_expectation(const std::string& text, int exit_code,
                                    const std::string& expected) {
  const std::size_t end = text.rfind("-- expect ");
  return text.substr(0, end) + "-- expect " + std::to_string(exit_code) + " --\n" + expected;
}

}  // namespace tests
