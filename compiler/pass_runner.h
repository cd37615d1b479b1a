// SPDX-License-Identifier: Apache-2.0
// Runs the pass table over a graph, and does what the user asked about it: prints, verifies, times,
// stops. A pass that breaks a law is named and leaves a reproducer.
//
//   TRY(PassRunner runner, PassRunner::make(options));        // bad_usage: a pass that is not one
//   TRY(Compilation done, runner.run(std::move(graph), pass_options));
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "compiler/model.h"
#include "compiler/options.h"
#include "compiler/pass_table.h"
#include "ir/support/result.h"

namespace compiler {

// How far a compilation has come. The graph stays: the weight writer reads its declarations.
struct Compilation {
  ir::graph::Graph graph;
  std::optional<ir::kernel::Program> program;
};

// The text of the lowest level there is.
std::string print(const Compilation& compilation);

class PassRunner {
 public:
  // Reads --passes, --stop-after, --print-after, --print-changed, --dump-dir, --verify-each,
  // --time-passes. Errors: bad_usage.
  static ir::Result<PassRunner> make(const Options& options);

  // Errors: interrupted; file_unwritable of --dump-dir; those of verify (with --verify-each, or in
  // the end), which are our fault.
  ir::Result<Compilation> run(ir::graph::Graph graph, const PassOptions& options) const;

  // The user wants the text after some pass, and no bundle.
  bool stops_early() const { return stop_after_.has_value(); }

 private:
  struct Timing;
  ir::Result<void> run_pass(const Pass& pass, Compilation& work, const PassOptions& options) const;
  void print_after(std::string_view name, const Compilation& work) const;
  void print_changed(std::string_view name, const std::string& before,
                     const std::string& after) const;
  ir::Result<void> dump(std::size_t number, std::string_view name, const Compilation& work) const;
  ir::Result<void> show(std::size_t number, std::string_view name, const Compilation& work,
                        std::string& before) const;

  std::array<bool, kPasses.size()> selected_{};
  std::optional<std::string> stop_after_;
  std::vector<std::string> print_after_;
  PrintChanged print_changed_ = PrintChanged::no;
  std::optional<std::filesystem::path> dump_dir_;
  std::string model_;  // whose weights a reproducer wants
  bool verify_each_ = false;
  bool time_passes_ = false;
  bool text_to_stderr_ = false;  // stdout belongs to --json
};

// The passes (all, or as --passes selects) over a copy of the model's graph: for commands that
// write no bundle.
ir::Result<Compilation> compile_in_memory(const Model& model, const Quantization& quantization,
                                          std::vector<std::string> passes = {});

// What the passes are told about a model.
PassOptions pass_options(const Model& model, const Quantization& quantization);

}  // namespace compiler
