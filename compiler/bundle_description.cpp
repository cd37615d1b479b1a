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
  return about;
}

std::vector<std::string> passes_of(const codegen::bundle::BundleDescription& about) {
  const auto setting = about.compiler_options.find("passes");
  if (setting == about.compiler_options.end()) return {};
  const auto* list = std::get_if<std::string>(&setting->second);
  std::vector<std::string> names;
  std::istringstream words(list == nullptr ? "" : *list);
  for (std::string name; std::getline(words, name, ',');) names.push_back(std::move(name));
  return names;
}

std::filesystem::path output_folder(const Options& options, const Model& model) {
  if (options.output) return *options.output;
  return fmt::format("{}-{}", model.folder.name, options.quantization->name);
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
