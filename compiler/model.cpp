// SPDX-License-Identifier: Apache-2.0
#include "compiler/model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "compiler/diagnostics_printer.h"
#include "frontends/architectures/architectures.h"
#include "frontends/file.h"

namespace compiler {
namespace {

// Longer texts than this need more than 32 bits somewhere; no model asks for them.
constexpr std::int64_t kLongestContext = 1 << 24;

ir::Diagnostic context_beyond_model(std::uint32_t cap, std::int64_t positions) {
  return {.kind = ir::DiagnosticKind::context_capped,
          .message = fmt::format(
              "--context {} is more than the model's {} positions, which are used", cap, positions),
          .severity = ir::Severity::warning};
}

ir::Diagnostic is_a_bundle(const std::filesystem::path& path) {
  return {.kind = ir::DiagnosticKind::bad_usage,
          .message = "this is a bundle, not the model that it was made from",
          .where = {.path = path.string()},
          .help = "name the model folder; webllm-compile inspect and serve take bundles"};
}

constexpr std::uint64_t kLongestText = std::uint64_t{1} << 28;  // bytes

// Whether the checkpoint's tensors add up to a weight: all of one row length, rows as stated.
ir::Result<void> check_sources(const ir::graph::WeightDecl& weight, const ir::TensorSource& source,
                               const std::string& file) {
  const auto wrong = [&](std::string message) {
    return ir::Diagnostic{.kind = ir::DiagnosticKind::graph_invalid,
                          .message = std::move(message),
                          .where = {.path = file, .item = "@" + weight.name}};
  };
  std::vector<std::int64_t> shape;
  for (const std::string& name : weight.sources) {
    const auto found = source.tensors().find(name);
    if (found == source.tensors().end())
      return wrong(fmt::format("the model has no tensor \"{}\"", name));
    const std::vector<std::int64_t>& part = found->second.shape;
    if (shape.empty()) {
      shape = part;
    } else if (part.size() == shape.size() &&
               std::equal(part.begin() + 1, part.end(), shape.begin() + 1)) {
      shape[0] += part[0];
    } else {
      return wrong(fmt::format("\"{}\" has shape [{}], which does not fit below [{}]", name,
                               fmt::join(part, ", "), fmt::join(shape, ", ")));
    }
  }
  if (shape == weight.shape) return {};
  return wrong(fmt::format("shape [{}] is stated, but the model's tensors have [{}]",
                           fmt::join(weight.shape, ", "), fmt::join(shape, ", ")));
}

ir::Result<void> check_edited(const Model& model, const std::string& file) {
  for (const ir::graph::WeightDecl& weight : model.graph.weights)
    TRY_DO(check_sources(weight, *model.folder.weights, file));
  auto laws = verify(model.graph,
                     model.keep_encodings ? ir::graph::Stage::quantized : ir::graph::Stage::built);
  if (laws) return {};
  ir::Diagnostic broken = std::move(laws).error();
  broken.where.path = file;
  return broken;
}

}  // namespace

ir::Result<Model> open_edited_model(const std::filesystem::path& graph_text,
                                    const std::filesystem::path& model_dir,
                                    std::optional<std::uint32_t> context_cap) {
  TRY(Model model, open_model(model_dir, context_cap));
  TRY(const std::string text, frontends::read_text(graph_text, kLongestText));
  TRY(model.graph, ir::graph::parse(text, graph_text.string()));
  model.folder.name = graph_text.stem().string();
  model.keep_encodings =
      std::any_of(model.graph.weights.begin(), model.graph.weights.end(),
                  [](const auto& weight) { return weight.encoding != ir::Encoding::f32; });
  TRY_DO(check_edited(model, graph_text.string()));
  return model;
}

ir::Result<Model> open_model(const std::filesystem::path& path,
                             std::optional<std::uint32_t> context_cap) {
  std::error_code ignored;
  if (std::filesystem::exists(path / "model.json", ignored) &&
      !std::filesystem::exists(path / "config.json", ignored))
    return is_a_bundle(path);
  TRY(frontends::ModelFolder folder, frontends::open_model_folder(path));
  for (const ir::Diagnostic& warning : folder.warnings) print_diagnostic(stderr, warning);
  TRY(ir::graph::Graph graph, frontends::build_graph(folder));
  const std::int64_t positions = std::min(folder.config.max_position_embeddings, kLongestContext);
  if (context_cap && *context_cap > positions)
    print_diagnostic(stderr, context_beyond_model(*context_cap, positions));
  const auto context = std::min(static_cast<std::uint32_t>(positions),
                                context_cap.value_or(static_cast<std::uint32_t>(positions)));
  return Model{std::move(folder), std::move(graph), context};
}

ir::Result<void> use_weight_rules(Model& model, std::span<const WeightRule> rules) {
  if (model.keep_encodings && !rules.empty())
    return ir::Diagnostic{.kind = ir::DiagnosticKind::bad_usage,
                          .message = "the graph says itself how each weight is stored",
                          .help = "leave out --quantize, or change the encodings in the graph"};
  TRY(model.exceptions, apply_weight_rules(model.graph, rules));
  return {};
}

std::vector<std::uint32_t> eos_ids(const frontends::ModelFolder& folder) {
  const auto& ids = folder.generation.eos_token_ids.empty() ? folder.config.eos_token_ids
                                                            : folder.generation.eos_token_ids;
  return {ids.begin(), ids.end()};
}

std::optional<std::uint32_t> bos_id(const frontends::ModelFolder& folder) {
  const auto id =
      folder.config.bos_token_id ? folder.config.bos_token_id : folder.generation.bos_token_id;
  return id ? std::optional(static_cast<std::uint32_t>(*id)) : std::nullopt;
}

}  // namespace compiler
