// SPDX-License-Identifier: Apache-2.0
#include "codegen/bundle/read_bundle.h"
#include "compiler/bundle_description.h"
#include "compiler/inspect.h"

namespace compiler {
namespace {

// Where dispatches depend on sizes, one row and one output are meant; the plan itself is compiled
// code, so that records are counted at most.
std::vector<FunctionRow> function_rows(const codegen::bundle::ProgramSection& program) {
  std::vector<FunctionRow> rows;
  for (const codegen::bundle::SectionFunction& function : program.functions)
    rows.push_back({function.name, function.max_records});
  return rows;
}

}  // namespace

ir::Result<BundleReport> inspect_bundle(const Options& options) {
  TRY(const codegen::bundle::Bundle bundle, codegen::bundle::read_bundle(options.input));
  TRY_DO(codegen::bundle::verify_hashes(bundle));
  TRY(const codegen::bundle::ProgramSection program, codegen::bundle::read_program(bundle));
  const codegen::bundle::Manifest& manifest = bundle.manifest;
  BundleReport report{.path = options.input.string(),
                      .model = manifest.about.model.name,
                      .architecture = manifest.about.model.architecture,
                      .quantization = manifest.about.quantization,
                      .library = manifest.library,
                      .parameters = manifest.about.model.parameters,
                      .context = manifest.about.context,
                      .functions = function_rows(program),
                      .tokenizer = manifest.has_tokenizer,
                      .chat_template = manifest.about.chat_template.has_value()};
  std::error_code ignored;
  report.bytes =
      std::filesystem::file_size(options.input / codegen::bundle::kManifestName, ignored);
  for (const auto& file : manifest.files) report.bytes += file.bytes;
  report.exceptions = stored_otherwise(manifest);
  report.files = file_rows(manifest, report.bytes);
  for (const auto& kernel : program.kernels) report.kernels.push_back(kernel.name);
  for (const auto& row : manifest.memory) report.gpu_memory.push_back({row.context, row.gpu_bytes});
  return report;
}

}  // namespace compiler
