// SPDX-License-Identifier: Apache-2.0
#include "compiler/pass_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "compiler/output.h"
#include "compiler/signals.h"
#include "compiler/spelling.h"
#include "ir/support/check.h"
#include "ir/support/match.h"

namespace compiler {
namespace {

constexpr std::string_view kBuild = "build";  // stands for the graph before any pass

ir::Diagnostic unknown_pass(std::string_view name) {
  std::vector<std::string> names = {std::string(kBuild)};
  for (const Pass& pass : kPasses) names.emplace_back(pass.name);
  const std::string meant = nearest(name, names);
  return {.kind = ir::DiagnosticKind::bad_usage,
          .message = fmt::format("there is no pass \"{}\"", name),
          .help = meant.empty() ? "webllm-compile --passes list names them"
                                : fmt::format("did you mean {}?", meant)};
}

ir::Result<void> check_pass_name(std::string_view name) {
  if (name != kBuild && pass_index(name) == kPasses.size()) return unknown_pass(name);
  return {};
}

// Which passes run: all, all but "no-NAME", or the required ones and those named.
ir::Result<std::array<bool, kPasses.size()>> select(const std::vector<std::string>& names) {
  const auto excludes = [](std::string_view name) { return name.starts_with("no-"); };
  const bool only_excluded = std::all_of(names.begin(), names.end(), excludes);
  std::array<bool, kPasses.size()> selected{};
  for (std::size_t i = 0; i < kPasses.size(); ++i)
    selected[i] = only_excluded || kPasses[i].need == Need::required;
  for (std::string_view name : names) {
    const bool exclude = excludes(name);
    if (exclude) name.remove_prefix(3);
    const std::size_t index = pass_index(name);
    if (index == kPasses.size()) return unknown_pass(name);
    if (exclude && kPasses[index].need == Need::required)
      return ir::Diagnostic{.kind = ir::DiagnosticKind::bad_usage,
                            .message = fmt::format("pass {} cannot be left out", name),
                            .help = "only optional passes can; see webllm-compile --passes list"};
    selected[index] = !exclude;
  }
  return selected;
}

ir::Result<void> verify_after(const Pass& pass, const Compilation& work) {
  return ir::match(
      pass.run, [&](const GraphPass& p) { return ir::graph::verify(work.graph, p.after); },
      [&](const auto& p) { return ir::kernel::verify(*work.program, p.after); });
}

// The text before a pass, on disk while the pass runs, so that it is there if the pass breaks a law
// or crashes.
class Reproducer {
 public:
  Reproducer(const Pass& pass, const Compilation& work)
      : path_(fmt::format("webllm-compile-{}.{}", pass.name, work.program ? "kernel" : "graph")) {
    std::ofstream(path_) << "// passes: " << pass.name << "\n" << print(work);
  }
  ~Reproducer() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Reproducer(const Reproducer&) = delete;
  Reproducer& operator=(const Reproducer&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace

// Milliseconds by pass, printed when a run ends.
struct PassRunner::Timing {
  std::vector<std::pair<std::string_view, double>> rows;

  void print() const {
    double total = 0;
    for (const auto& [name, milliseconds] : rows) total += milliseconds;
    for (const auto& [name, milliseconds] : rows)
      say(stderr, "{:10.2f} ms {:5.1f} %  {}\n", milliseconds,
          total > 0 ? 100 * milliseconds / total : 0.0, name);
    say(stderr, "{:10.2f} ms          total\n", total);
  }
};

std::string print(const Compilation& compilation) {
  return compilation.program ? ir::kernel::print(*compilation.program)
                             : ir::graph::print(compilation.graph);
}

ir::Result<PassRunner> PassRunner::make(const Options& options) {
  PassRunner runner;
  TRY(runner.selected_, select(options.passes));
  for (const std::string& name : options.print_after) TRY_DO(check_pass_name(name));
  if (!options.stop_after.empty()) {
    TRY_DO(check_pass_name(options.stop_after));
    runner.stop_after_ = options.stop_after;
  }
  runner.print_after_ = options.print_after;
  runner.verify_each_ = options.verify_each;
  runner.time_passes_ = options.time_passes;
  runner.text_to_stderr_ = options.json;
  return runner;
}

ir::Result<Compilation> PassRunner::run(ir::graph::Graph graph, const PassOptions& options) const {
  Compilation work{std::move(graph), std::nullopt};
  Timing timing;
  print_after(kBuild, work);
  for (std::size_t i = 0; i < kPasses.size() && stop_after_ != kBuild; ++i) {
    const Pass& pass = kPasses[i];
    TRY_DO(check_interrupted());
    if (selected_[i]) {
      const auto start = std::chrono::steady_clock::now();
      TRY_DO(run_pass(pass, work, options));
      const std::chrono::duration<double, std::milli> taken =
          std::chrono::steady_clock::now() - start;
      timing.rows.emplace_back(pass.name, taken.count());
    }
    print_after(pass.name, work);
    if (stop_after_ == pass.name) break;
  }
  if (time_passes_) timing.print();
  return work;
}

ir::Result<void> PassRunner::run_pass(const Pass& pass, Compilation& work,
                                      const PassOptions& options) const {
  now_in_pass(&pass.name);
  std::optional<Reproducer> reproducer;
  if (verify_each_) reproducer.emplace(pass, work);
  ir::match(
      pass.run, [&](const GraphPass& p) { p.run(work.graph, options); },
      [&](const Lowering& p) { work.program = p.run(work.graph, options); },
      [&](const KernelPass& p) { p.run(*work.program, options); });
  if (verify_each_) {
    const ir::Result<void> laws = verify_after(pass, work);
    CHECK(laws, "pass {} broke a law: {}\n  reproducer: {}", pass.name,
          laws ? "" : laws.error().message, reproducer->path());
  }
  now_in_pass(nullptr);
  return {};
}

void PassRunner::print_after(std::string_view name, const Compilation& work) const {
  if (std::find(print_after_.begin(), print_after_.end(), name) == print_after_.end()) return;
  std::FILE* stream = text_to_stderr_ ? stderr : stdout;
  say(stream, "// after {}\n{}\n", name, print(work));
}

PassOptions pass_options(const Model& model, const Quantization& quantization) {
  return {.quantization = &quantization,
          .keep_encodings = model.keep_encodings,
          .lower = {.capacities = {.context = model.context}}};
}

ir::Result<Compilation> compile_in_memory(const Model& model, const Quantization& quantization,
                                          std::vector<std::string> passes) {
  Options options;
  options.passes = std::move(passes);
  TRY(const PassRunner runner, PassRunner::make(options));
  return runner.run(model.graph, pass_options(model, quantization));
}

}  // namespace compiler
