// SPDX-License-Identifier: Apache-2.0
// The command line as a value.
//
//   webllm-compile models/stories260K-hf --quantization q0f32
//   -> Options{.command = Command::compile, .input = "models/stories260K-hf", ...}
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "compiler/quantization.h"
#include "compiler/weight_rules.h"
#include "ir/support/result.h"

namespace compiler {

enum class Command { compile, inspect, check, eval, compare, serve };

// How `eval` computes: the graph interpreter, or the kernels in the kernel interpreter.
enum class Engine { graph, kernels };

// What is printed after a pass that changed something.
enum class PrintChanged { no, difference, whole };

struct Options {
  Command command = Command::compile;
  // A model folder, a bundle, or a *.graph or *.kernel text, as the command wants.
  std::filesystem::path input;
  bool json = false;  // the result on stdout as one JSON value; no progress

  // compile
  std::optional<std::filesystem::path> output;  // default: <model>-<quantization>
  const Quantization* quantization = &kQuantizations[0];
  std::vector<WeightRule> weight_rules;        // --quantize: matrices that are stored otherwise
  std::optional<std::uint32_t> context;        // a cap, in tokens
  std::optional<std::filesystem::path> model;  // --weights: the model folder of a *.graph
  unsigned threads = 0;                        // 0: as many as there are cores
  bool weights_only = false;                   // the code is taken from `library`
  std::string library;                         // a bundle's folder or address
  bool measure_errors = false;                 // of each tensor, by its encoding

  // compile: the passes
  bool list_passes = false;
  std::vector<std::string> passes;  // "fuse-swiglu": only such; "no-fuse-swiglu": all but such
  std::string stop_after;
  std::vector<std::string> print_after;
  PrintChanged print_changed = PrintChanged::no;
  std::optional<std::filesystem::path> dump_dir;
  bool verify_each = false;
  bool time_passes = false;

  // eval, compare
  std::string prompt;  // empty: the BOS token alone
  std::vector<std::uint32_t> prompt_ids;
  std::uint32_t max_tokens = 64;
  std::uint32_t chunk = 0;           // prompt tokens per forward pass; 0: as many as fit
  std::uint32_t sliding_window = 0;  // tokens that attention sees; 0: all
  std::uint32_t attention_sink = 4;  // of these the first ones
  bool logits = false;
  bool ignore_eos = false;
  Engine engine = Engine::graph;

  // check, compare
  std::filesystem::path reference;  // the model folder; empty: check the bundle alone

  // serve
  std::uint16_t port = 8080;
};

// What --help and --version print.
struct Answer {
  std::string text;
};

using ParsedCommandLine = std::variant<Options, Answer>;

// Errors: bad_usage.
ir::Result<ParsedCommandLine> parse_command_line(std::span<const char* const> arguments);

}  // namespace compiler
