// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "codegen/weights/segments.h"
#include "compiler/footprint.h"
#include "compiler/inspect.h"
#include "compiler/model.h"
#include "compiler/pass_runner.h"
#include "frontends/tokenizer/tokenizer.h"

namespace compiler {
namespace {

std::string_view name_of(frontends::RopeScaling scaling) {
  switch (scaling) {
    case frontends::RopeScaling::none:
      return "none";
    case frontends::RopeScaling::linear:
      return "linear";
    case frontends::RopeScaling::llama3:
      return "llama3";
  }
  return "";
}

// What decides the arithmetic, under the names of config.json; values are JSON where they can be.
std::vector<Fact> config_facts(const frontends::ModelConfig& config) {
  std::vector<Fact> facts;
  const auto add = [&facts](std::string name, const auto& value) {
    facts.push_back({std::move(name), fmt::format("{}", value)});
  };
  add("model_type", config.model_type);
  add("hidden_size", config.hidden_size);
  add("intermediate_size", config.intermediate_size);
  add("num_hidden_layers", config.num_hidden_layers);
  add("num_attention_heads", config.num_attention_heads);
  add("num_key_value_heads", config.num_key_value_heads);
  add("head_dim", config.head_dim);
  add("vocab_size", config.vocab_size);
  add("max_position_embeddings", config.max_position_embeddings);
  add("rms_norm_eps", config.rms_norm_eps);
  add("rope_theta", config.rope.theta);
  add("rope_scaling", name_of(config.rope.scaling));
  add("tie_word_embeddings", config.tie_word_embeddings);
  add("qkv_bias", config.qkv_bias);
  add("output_bias", config.output_bias);
  add("mlp_bias", config.mlp_bias);
  add("hidden_act", config.hidden_act);
  if (!config.dtype.empty()) add("torch_dtype", config.dtype);
  if (config.bos_token_id) add("bos_token_id", *config.bos_token_id);
  add("eos_token_ids", fmt::format("[{}]", fmt::join(config.eos_token_ids, ", ")));
  return facts;
}

std::vector<TensorRow> tensor_rows(const ir::TensorSource& weights, std::uint64_t& parameters) {
  std::vector<TensorRow> rows;
  for (const auto& [name, tensor] : weights.tensors()) {
    rows.push_back({name, std::string(ir::name_of(tensor.dtype)), tensor.shape, tensor.bytes()});
    parameters += static_cast<std::uint64_t>(tensor.elements());
  }
  return rows;
}

ir::Result<void> describe_tokenizer(const std::filesystem::path& folder, ModelReport& report) {
  const auto tokenizer = frontends::read_tokenizer(folder);
  if (!tokenizer && tokenizer.error().kind == ir::DiagnosticKind::tokenizer_missing) return {};
  if (!tokenizer) return tokenizer.error();
  report.tokenizer = std::filesystem::path(tokenizer->path).filename().string();
  report.tokenizer_pieces = tokenizer->pieces.size();
  return {};
}

// Compiles the model up to its buffers, whose sizes are what a bundle of it would promise.
ir::Result<Forecast> forecast(const Model& model, const Quantization& quantization) {
  TRY(const Compilation done, compile_in_memory(model, quantization));
  const std::uint64_t weights = codegen::weights::plan_segments(done.graph.weights).bytes();
  return Forecast{std::string(quantization.name), weights, gpu_memory(*done.program)};
}

}  // namespace

ir::Result<ModelReport> inspect_model(const Options& options) {
  TRY(const Model model, open_model(options.input, options.context));
  ModelReport report{.path = model.folder.path.string(),
                     .name = model.folder.name,
                     .architecture = model.folder.config.architecture,
                     .config = config_facts(model.folder.config)};
  report.tensors = tensor_rows(*model.folder.weights, report.parameters);
  TRY_DO(describe_tokenizer(model.folder.path, report));
  for (const auto& [name, text] : model.folder.chat_templates)
    report.chat_templates.push_back(name);
  for (const Quantization& quantization : kQuantizations) {
    TRY(Forecast row, forecast(model, quantization));
    report.forecasts.push_back(std::move(row));
  }
  return report;
}

}  // namespace compiler
