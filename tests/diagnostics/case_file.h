// SPDX-License-Identifier: Apache-2.0
// A test case for what users see when something is wrong: one text file.
//
//   The model's architecture is named, and so is what is supported.
//
//   $ webllm-compile inspect model
//   -- model/config.json --
//   {"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}
//   -- model/model.safetensors made --
//   tensor wte.weight F32 8 8
//   -- model/tokenizer.json removed --
//   -- expect 1 --
//   error: the architecture "GPT2LMHeadModel" is not supported  [unknown-architecture]
//
// Prose, the command line, files (`made`: see tests/support/made_safetensors.h), the exit code and
// what stands on stderr. Each case starts from the files of tiny_llama.base, a model that is right.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

struct CaseSection {
  std::string name;  // "model/config.json"
  std::string kind;  // "", "made", "removed"
  std::string text;
};

struct CaseFile {
  std::string prose;
  std::vector<std::string> arguments;  // without the program
  std::vector<CaseSection> files;
  int exit_code = -1;
  std::string expected;
};

inline std::string read_whole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// "-- a/b made --" -> {"a/b", "made"}; an empty name: no such line.
inline CaseSection section_line(const std::string& line) {
  if (!line.starts_with("-- ") || !line.ends_with(" --")) return {};
  std::istringstream words(line.substr(3, line.size() - 6));
  CaseSection section;
  words >> section.name >> section.kind;
  return section;
}

inline CaseFile parse_case(const std::string& text) {
  constexpr std::string_view kCommand = "$ webllm-compile";
  CaseFile parsed;
  std::string* place = &parsed.prose;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (CaseSection section = section_line(line); section.name == "expect") {
      parsed.exit_code = std::stoi(section.kind);
      place = &parsed.expected;
    } else if (!section.name.empty()) {
      parsed.files.push_back(section);
      place = &parsed.files.back().text;
    } else if (place == &parsed.prose && line.starts_with(kCommand)) {
      std::istringstream words(line.substr(kCommand.size()));
      for (std::string word; words >> word;) parsed.arguments.push_back(word);
    } else {
      *place += line + "\n";
    }
  }
  return parsed;
}

// The file's text with another exit code and other words expected.
inline std::string with_expectation(const std::string& text, int exit_code,
                                    const std::string& expected) {
  const std::size_t end = text.rfind("-- expect ");
  return text.substr(0, end) + "-- expect " + std::to_string(exit_code) + " --\n" + expected;
}

}  // namespace tests
