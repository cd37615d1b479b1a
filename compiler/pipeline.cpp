// SPDX-License-Identifier: Apache-2.0
#include "compiler/pipeline.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <ctime>

#include "codegen/bundle/bundle_writer.h"
#include "codegen/bundle/deflate.h"
#include "codegen/bundle/program_section.h"
#include "codegen/wasm/plan.h"
#include "compiler/bundle_description.h"
#include "compiler/conversion_key.h"
#include "compiler/diagnostics_printer.h"
#include "compiler/footprint.h"
#include "compiler/kernel_texts.h"
#include "compiler/library.h"
#include "compiler/model.h"
#include "compiler/output.h"
#include "compiler/pass_runner.h"
#include "compiler/progress.h"
#include "compiler/report.h"
#include "compiler/signals.h"
#include "compiler/text_codec.h"
#include "runtime/formats/step_list.h"

namespace compiler {
namespace {

using codegen::bundle::WrittenBundle;

ir::Result<Model> open_input(const Options& options) {
  if (options.input.extension() != ".graph") return open_model(options.input, options.context);
  if (options.model) return open_edited_model(options.input, *options.model, options.context);
  return ir::Diagnostic{.kind = ir::DiagnosticKind::bad_usage,
                        .message = "a graph holds no weights",
                        .where = {.path = options.input.string()},
                        .help = "name the model folder that has them: --weights DIR"};
}

// A model without tokenizer is compiled all the same.
void warn(const ir::Diagnostic& diagnostic) {
  ir::Diagnostic warning = diagnostic;
  warning.severity = ir::Severity::warning;
  print_diagnostic(stderr, warning);
}

// All of a bundle but its weights.
struct Prepared {
  codegen::bundle::ProgramSection section;
  std::string library;  // its hash
  std::vector<std::byte> module;
  std::optional<std::vector<std::byte>> tokenizer;
  double cpu_seconds = 0;  // of this process so far
};

ir::Result<Prepared> prepare(const Options& options, const Model& model,
                             const Compilation& compiled) {
  const ir::kernel::Program& program = *compiled.program;
  Prepared prepared{.section = codegen::bundle::make_program_section(compiled.graph, program,
                                                                     kernel_texts(program))};
  prepared.library = codegen::bundle::library_hash(prepared.section, compiled.graph.weights);
  if (options.weights_only) {
    TRY(Library library, open_library(options.library));
    TRY_DO(check_library(library, options.library, prepared.library));
    prepared.module = std::move(library.module);
  } else {
    const codegen::wasm::CustomSection kernels{
        std::string(runtime::formats::kProgramSectionName),
        codegen::bundle::deflate(codegen::bundle::to_json(prepared.section))};
    TRY(prepared.module, codegen::wasm::compile_plan(program, {&kernels, 1}));
  }
  TRY(prepared.tokenizer, compile_tokenizer(model.folder.path, warn));
  prepared.cpu_seconds = static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
  TRY_DO(check_interrupted());
  return prepared;
}

ir::Result<WrittenBundle> write_bundle(const Options& options, const Model& model,
                                       const Compilation& compiled, const Prepared& prepared,
                                       Progress& progress) {
  const codegen::bundle::BundleParts parts{.description = describe_bundle(options, model),
                                           .graph = compiled.graph,
                                           .program = *compiled.program,
                                           .section = prepared.section,
                                           .module = prepared.module,
                                           .tokenizer = prepared.tokenizer,
                                           .licence_files = model.folder.licence_files,
                                           .model_card = model.folder.model_card};
  return codegen::bundle::write_bundle(
      output_folder(options, model), parts, *model.folder.weights,
      {.threads = options.threads,
       .resume_key =
           options.measure_errors ? std::string() : conversion_key(model, prepared.library),
       .measure_errors = options.measure_errors,
       .progress = [&](std::uint64_t done,
                       std::uint64_t total) { progress.show("converting weights", done, total); },
       .interrupted = interruption_flag()});
}

CompileReport report_of(const WrittenBundle& bundle, const std::filesystem::path& folder,
                        const Compilation& compiled) {
  const codegen::bundle::Manifest& manifest = bundle.manifest;
  CompileReport report{.bundle = folder.string(),
                       .model = manifest.about.model.name,
                       .architecture = manifest.about.model.architecture,
                       .quantization = manifest.about.quantization,
                       .context = manifest.about.context,
                       .bytes = bundle.bytes,
                       .dispatches_per_token = dispatches_per_token(*compiled.program),
                       .resumed_segments = bundle.resumed_segments};
  report.exceptions = stored_otherwise(manifest);
  for (std::size_t i = 0; i < bundle.errors.size(); ++i)
    report.errors.push_back(
        {manifest.tensors[i].name, manifest.tensors[i].encoding, bundle.errors[i].relative()});
  report.files = file_rows(manifest, bundle.bytes);
  for (const auto& row : manifest.memory) report.gpu_memory.push_back({row.context, row.gpu_bytes});
  return report;
}

}  // namespace

ir::Result<void> compile(const Options& options) {
  if (options.input.extension() == ".kernel") return print_wgsl(options);
  const auto start = std::chrono::steady_clock::now();
  Progress progress(stderr, options.json ? Progress::Style::silent : Progress::style_of(stderr));

  TRY(Model model, open_input(options));
  TRY_DO(use_weight_rules(model, options.weight_rules));
  TRY(const PassRunner runner, PassRunner::make(options));
  TRY(const Compilation compiled,
      runner.run(std::move(model.graph), pass_options(model, *options.quantization)));
  if (runner.stops_early()) {
    write_text(stdout, print(compiled));
    return {};
  }
  TRY(const Prepared prepared, prepare(options, model, compiled));
  TRY(const WrittenBundle bundle, write_bundle(options, model, compiled, prepared, progress));
  progress.end();
  for (const ir::Diagnostic& warning : bundle.warnings) print_diagnostic(stderr, warning);

  CompileReport report = report_of(bundle, output_folder(options, model), compiled);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  report.preparation_cpu_seconds = prepared.cpu_seconds;
  report.seconds = seconds.count();
  write_text(stdout, options.json ? to_json(report) : to_text(report));
  return {};
}

}  // namespace compiler
