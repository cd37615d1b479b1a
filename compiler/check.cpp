// SPDX-License-Identifier: Apache-2.0
#include "compiler/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "codegen/bundle/check_bundle.h"
#include "compiler/bundle_description.h"
#include "compiler/output.h"
#include "compiler/pass_runner.h"
#include "compiler/report.h"
#include "compiler/signals.h"

namespace compiler {
namespace {

using codegen::bundle::Bundle;
using codegen::bundle::TensorEntry;

ir::Diagnostic other_tensors(const Options& options, std::string message) {
  return {.kind = ir::DiagnosticKind::unsupported_bundle,
          .message = std::move(message),
          .where = {.path = options.input.string()},
          .help = "check with the version that wrote the bundle, and against its own model"};
}

// What the model stores under the tensor's name, encoded as the bundle has it.
ir::Result<ir::graph::WeightDecl> weight_of(const Options& options, const TensorEntry& tensor,
                                            const ir::graph::Graph& graph) {
  for (ir::graph::WeightDecl weight : graph.weights) {
    if (weight.name != tensor.name) continue;
    if (weight.shape != tensor.shape) break;
    weight.encoding = *ir::encoding_named(tensor.encoding);  // check_layout knows it
    return weight;
  }
  return other_tensors(options,
                       fmt::format("the model gives no tensor {} of its shape", tensor.name));
}

ir::Result<void> compare_weights(const Options& options, const Bundle& bundle,
                                 CheckReport& report) {
  const codegen::bundle::BundleDescription& about = bundle.manifest.about;
  const Quantization* quantization = quantization_named(about.quantization);
  if (quantization == nullptr)
    return other_tensors(options,
                         fmt::format("the quantization {} is not known", about.quantization));
  TRY(const std::vector<WeightRule> rules, rules_of(about));
  TRY(Model model, open_model(options.reference, about.context));
  TRY_DO(use_weight_rules(model, rules));
  TRY(const Compilation compiled, compile_in_memory(model, *quantization, passes_of(about)));
  report.against = options.reference.string();
  const bool same_version = about.compiler_version == WEBLLM_VERSION;
  for (std::size_t i = 0; i < bundle.manifest.tensors.size(); ++i) {
    TRY_DO(check_interrupted());
    const TensorEntry& tensor = bundle.manifest.tensors[i];
    TRY(const ir::graph::WeightDecl weight, weight_of(options, tensor, compiled.graph));
    TRY(const auto found,
        codegen::bundle::compare_tensor(bundle, i, *model.folder.weights, weight));
    const double relative = found.error.relative();
    const bool wrong = same_version ? found.other_bytes > 0 : !(relative < 1);
    report.tensors.push_back(
        {tensor.name, tensor.encoding, relative, found.error.largest, found.other_bytes, wrong});
  }
  return {};
}

}  // namespace

ir::Result<void> check(const Options& options) {
  TRY(const Bundle bundle, codegen::bundle::read_bundle(options.input));
  TRY_DO(codegen::bundle::verify_hashes(bundle));
  TRY(const codegen::bundle::ProgramSection program, codegen::bundle::read_program(bundle));
  TRY_DO(codegen::bundle::check_layout(bundle, program));
  CheckReport report{.bundle = options.input.string(),
                     .files = bundle.manifest.files.size(),
                     .tensor_count = bundle.manifest.tensors.size()};
  for (const auto& file : bundle.manifest.files) report.bytes += file.bytes;
  if (!options.reference.empty()) TRY_DO(compare_weights(options, bundle, report));
  write_text(stdout, options.json ? to_json(report) : to_text(report));

  const auto wrong = std::find_if(report.tensors.begin(), report.tensors.end(),
                                  [](const TensorCheck& tensor) { return tensor.wrong; });
  if (wrong == report.tensors.end()) return {};
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::values_differ,
      .message = fmt::format("the bundle holds other weights than the model, "
                             "first in {}",
                             wrong->name),
      .where = {.path = options.input.string()},
      .help = "name the model that the bundle was made from, or compile it again"};
}

}  // namespace compiler
