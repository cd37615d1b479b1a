// SPDX-License-Identifier: Apache-2.0
#include "compiler/pass_runner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "compiler/kernel_texts.h"
#include "compiler/line_diff.h"
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

ir::Diagnostic unwritable(const std::filesystem::path& path) {
  return {.kind = ir::DiagnosticKind::file_unwritable,
          .message = "cannot be written",
          .where = {.path = path.string()},
          .help = "name a folder that you may write to with --dump-dir"};
}

ir::Result<void> create_dump_dir(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return {};
  return unwritable(path);
}

// The text before a pass, on disk while the pass runs, so that it is there if the pass breaks a law
// or crashes.
class Reproducer {
 public:
  Reproducer(const Pass& pass, const Compilation& work, const std::string& model)
      : path_(fmt::format("webllm-compile-{}.{}", pass.name, work.program ? "kernel" : "graph")),
        command_(fmt::format("webllm-compile {} --weights {} --passes {} --stop-after {} "
                             "--verify-each",
                             path_, model, pass.name, pass.name)) {
    std::ofstream(path_) << "// passes: " << pass.name << "\n"
                         << (work.program ? "" : "// again: " + command_ + "\n") << print(work);
  }
  ~Reproducer() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Reproducer(const Reproducer&) = delete;
  Reproducer& operator=(const Reproducer&) = delete;
  // The file, and for a graph the command that runs the pass on it alone.
  std::string shown() const {
    return path_.ends_with(".graph") ? path_ + "\n  again: " + command_ : path_;
  }

 private:
  std::string path_, command_;
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
  runner.print_changed_ = options.print_changed;
  runner.dump_dir_ = options.dump_dir;
  runner.model_ = (options.model ? *options.model : options.input).string();
  runner.verify_each_ = options.verify_each;
  runner.time_passes_ = options.time_passes;
  runner.text_to_stderr_ = options.json;
  return runner;
}

ir::Result<Compilation> PassRunner::run(ir::graph::Graph graph, const PassOptions& options) const {
  Compilation work{std::move(graph), std::nullopt};
  Timing timing;
  std::string text;  // for --print-changed
  if (dump_dir_) TRY_DO(create_dump_dir(*dump_dir_));
  TRY_DO(show(0, kBuild, work, text));
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
    TRY_DO(show(i + 1, pass.name, work, text));
    if (stop_after_ == pass.name) break;
  }
  if (time_passes_) timing.print();
  return work;
}

ir::Result<void> PassRunner::run_pass(const Pass& pass, Compilation& work,
                                      const PassOptions& options) const {
  now_in_pass(&pass.name);
  std::optional<Reproducer> reproducer;
  if (verify_each_) reproducer.emplace(pass, work, model_);
  ir::match(
      pass.run, [&](const GraphPass& p) { p.run(work.graph, options); },
      [&](const Lowering& p) { work.program = p.run(work.graph, options); },
      [&](const KernelPass& p) { p.run(*work.program, options); });
  if (verify_each_) {
    const ir::Result<void> laws = verify_after(pass, work);
    CHECK(laws, "pass {} broke a law: {}\n  reproducer: {}", pass.name,
          laws ? "" : laws.error().message, reproducer->shown());
  }
  now_in_pass(nullptr);
  return {};
}

// Everything that the user wants to see after a pass; `before` becomes the text after it.
ir::Result<void> PassRunner::show(std::size_t number, std::string_view name,
                                  const Compilation& work, std::string& before) const {
  print_after(name, work);
  if (dump_dir_) TRY_DO(dump(number, name, work));
  if (print_changed_ == PrintChanged::no) return {};
  std::string after = print(work);
  print_changed(name, before, after);
  before = std::move(after);
  return {};
}

void PassRunner::print_changed(std::string_view name, const std::string& before,
                               const std::string& after) const {
  if (before == after) return;
  const bool same_level = before.starts_with("graph ") == after.starts_with("graph ");
  const bool difference = print_changed_ == PrintChanged::difference && same_level;
  say(text_to_stderr_ ? stderr : stdout, "// after {}\n{}\n", name,
      difference && !before.empty() ? line_diff(before, after) : after);
}

// out/03-fuse-swiglu.graph ... and the shaders of the last program: out/09-kernels.wgsl
ir::Result<void> PassRunner::dump(std::size_t number, std::string_view name,
                                  const Compilation& work) const {
  const auto write = [&](std::size_t index, std::string_view stem, std::string_view extension,
                         std::string_view text) -> ir::Result<void> {
    const std::filesystem::path path =
        *dump_dir_ / fmt::format("{:02}-{}.{}", index, stem, extension);
    std::ofstream out(path, std::ios::binary);
    out << text << std::flush;
    if (out) return {};
    return unwritable(path);
  };
  TRY_DO(write(number, name, work.program ? "kernel" : "graph", print(work)));
  if (!work.program || number != kPasses.size()) return {};
  return write(number + 1, "kernels", "wgsl",
               fmt::format("{}", fmt::join(kernel_texts(*work.program), "\n")));
}

void PassRunner::print_after(std::string_view name, const Compilation& work) const {
  if (std::find(print_after_.begin(), print_after_.end(), name) == print_after_.end()) return;
  std::FILE* stream = text_to_stderr_ ? stderr : stdout;
  say(stream, "// after {}\n{}\n", name, print(work));
}

PassOptions pass_options(const Model& model, const Quantization& quantization) {
  return {.quantization = &quantization,
          .keep_encodings = model.keep_encodings,
          .exceptions = model.exceptions,
          .lower = {
              .capacities = {.context = model.context},
              .variants = {.f16 = quantization.arithmetic == Arithmetic::f16, .subgroups = true}}};
}

ir::Result<Compilation> compile_in_memory(const Model& model, const Quantization& quantization,
                                          std::vector<std::string> passes) {
  Options options;
  options.passes = std::move(passes);
  TRY(const PassRunner runner, PassRunner::make(options));
  return runner.run(model.graph, pass_options(model, quantization));
}

}  // namespace compiler
