// SPDX-License-Identifier: Apache-2.0
#include "compiler/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "compiler/exit_code.h"
#include "compiler/pass_table.h"

namespace compiler {
namespace {

struct Example {
  Command command;
  std::string_view line;
  std::string_view sentence;
};
constexpr std::array kExamples = {
    Example{Command::compile, "webllm-compile models/SmolLM2-135M-Instruct",
            "writes SmolLM2-135M-Instruct-q4f16_1/"},
    Example{Command::compile,
            "webllm-compile models/tiny --quantization q0f32 --context 512 -o out",
            "stores f32, caps the context"},
    Example{Command::compile, "webllm-compile models/tiny --quantize 'lm_head=q8f16_1' --errors",
            "stores the head (and tied embeddings) in 8 bits, lists what each tensor loses"},
    Example{Command::compile, "webllm-compile models/tiny --stop-after build > tiny.graph",
            "writes the graph as it is before the first pass"},
    Example{Command::compile, "webllm-compile tiny.graph --weights models/tiny",
            "compiles a graph that was edited by hand"},
    Example{Command::compile, "webllm-compile rms_norm.kernel", "prints the WGSL of a kernel"},
    Example{Command::inspect, "webllm-compile inspect models/tiny",
            "what is in a model, and what it would need"},
    Example{Command::inspect, "webllm-compile inspect tiny-q4f16_1 --json | jq .kernels",
            "what is in a bundle"},
    Example{Command::compile,
            "webllm-compile models/tuned --weights-only --library SmolLM2-135M-Instruct-q4f16_1",
            "converts a model that differs from another in its weights only"},
    Example{Command::check, "webllm-compile check tiny-q4f16_1 --against models/tiny",
            "verifies all files, and shows the error of each tensor"},
    Example{Command::eval, "webllm-compile eval models/tiny --prompt 'Once upon a time'",
            "continues a text on the CPU, without a bundle"},
    Example{Command::eval, "webllm-compile eval models/tiny --prompt-ids 1,403 --logits --json",
            "next-token logits to compare with"},
    Example{Command::compare, "webllm-compile compare tiny-q4f16_1 models/tiny",
            "finds the first kernel that computes something else"},
    Example{Command::serve, "webllm-compile serve tiny-q4f16_1", "tries a bundle in a browser"},
};

constexpr std::string_view kLevelNames[] = {"graph", "lowering", "kernel"};

std::string examples(Command command) {
  std::size_t width = 0;
  for (const Example& example : kExamples)
    if (example.command == command) width = std::max(width, example.line.size());
  std::string text = "Examples:\n";
  for (const Example& example : kExamples)
    if (command == Command::compile || example.command == command)
      text += fmt::format("  {}\n      {}\n", example.line, example.sentence);
  return text;
}

std::string quantizations() {
  std::string text = "Quantizations:\n";
  for (const Quantization& row : kQuantizations)
    text += fmt::format("  {:<22}{}\n", row.name, row.sentence);
  return text;
}

std::string exit_codes() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeInfo& row : kExitCodes)
    text += fmt::format("  {:<22}{}\n", static_cast<int>(row.code), row.meaning);
  return text;
}

}  // namespace

std::string list_of_passes() {
  std::string text = "Passes, in order:\n";
  for (const Pass& pass : kPasses)
    text +=
        fmt::format("  {:<22}{:<10}{}\n", pass.name, kLevelNames[pass.run.index()], pass.sentence);
  return text;
}

std::string help_footer(Command command) {
  std::string text = examples(command);
  if (command != Command::compile) return text;
  return fmt::format("{}\n{}\n{}\n{}", text, quantizations(), list_of_passes(), exit_codes());
}

}  // namespace compiler
