// SPDX-License-Identifier: Apache-2.0
#include "compiler/bundle_description.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "frontends/tool_format.h"

namespace compiler {
namespace {

using codegen::bundle::Settings;

// What generation_config.json states, under its own names.
Settings generation_settings(const frontends::GenerationConfig& config) {
  Settings settings;
  const auto add = [&settings](const char* name, const auto& value) {
    if (value) settings.emplace(name, *value);
  };
  add("do_sample", config.do_sample);
  add("temperature", config.temperature);
  add("top_p", config.top_p);
  add("min_p", config.min_p);
  add("top_k", config.top_k);
  add("repetition_penalty", config.repetition_penalty);
  add("max_new_tokens", config.max_new_tokens);
  return settings;
}

std::uint64_t parameter_count(const ir::TensorSource& weights) {
  std::uint64_t count = 0;
  for (const auto& [name, tensor] : weights.tensors())
    count += static_cast<std::uint64_t>(tensor.elements());
  return count;
}

// An option that the bundle was compiled with; empty if it was not given.
std::string compiled_with(const codegen::bundle::BundleDescription& about, const char* option) {
  const auto setting = about.compiler_options.find(option);
  if (setting == about.compiler_options.end()) return {};
  const auto* text = std::get_if<std::string>(&setting->second);
  return text == nullptr ? std::string() : *text;
}

}  // namespace

codegen::bundle::BundleDescription describe_bundle(const Options& options, const Model& model) {
  const frontends::ModelFolder& folder = model.folder;
  codegen::bundle::BundleDescription about{
      .compiler_version = WEBLLM_VERSION,
      .compiler_options = {{"quantization", std::string(options.quantization->name)},
                           {"context", std::int64_t{model.context}}},
      .model = {folder.name, folder.config.architecture, parameter_count(*folder.weights)},
      .quantization = std::string(options.quantization->name),
      .context = model.context,
      .vocabulary = static_cast<std::uint32_t>(folder.config.vocab_size),
      .eos_token_ids = eos_ids(folder),
      .generation = generation_settings(folder.generation)};
  if (!options.weight_rules.empty())
    about.compiler_options["quantize"] = to_string(options.weight_rules);
  if (!options.passes.empty())
    about.compiler_options["passes"] = fmt::format("{}", fmt::join(options.passes, ","));
  if (const auto bos = bos_id(folder)) about.bos_token_ids = {*bos};
  if (const auto found = folder.chat_templates.find("default");
      found != folder.chat_templates.end())
    about.chat_template = found->second;
  if (const auto found = folder.chat_templates.find("tool_use");
      found != folder.chat_templates.end())
    about.tool_template = found->second;
  about.tool_format = frontends::find_tool_format(folder.chat_templates);
  about.response_template = folder.response_template;
  return about;
}

std::vector<std::string> passes_of(const codegen::bundle::BundleDescription& about) {
  std::vector<std::string> names;
  std::istringstream words(compiled_with(about, "passes"));
  for (std::string name; std::getline(words, name, ',');) names.push_back(std::move(name));
  return names;
}

ir::Result<std::vector<WeightRule>> rules_of(const codegen::bundle::BundleDescription& about) {
  return parse_weight_rules(compiled_with(about, "quantize"));
}

std::filesystem::path output_folder(const Options& options, const Model& model) {
  if (options.output) return *options.output;
  return fmt::format("{}-{}", model.folder.name, options.quantization->name);
}

std::vector<Fact> stored_otherwise(const codegen::bundle::Manifest& manifest) {
  const Quantization* quantization = quantization_named(manifest.about.quantization);
  std::vector<Fact> rows;
  for (const codegen::bundle::TensorEntry& tensor : manifest.tensors)
    if (quantization != nullptr && tensor.shape.size() == 2 &&
        tensor.encoding != ir::name_of(quantization->matrices))
      rows.push_back({tensor.name, tensor.encoding});
  return rows;
}

std::vector<FileRow> file_rows(const codegen::bundle::Manifest& manifest, std::uint64_t bytes) {
  std::vector<FileRow> rows = {{std::string(codegen::bundle::kManifestName), bytes}};
  for (const auto& file : manifest.files) {
    rows.push_back({file.path, file.bytes});
    rows.front().bytes -= file.bytes;
  }
  return rows;
}

}  // namespace compiler
