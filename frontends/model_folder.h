// SPDX-License-Identifier: Apache-2.0
// A Hugging Face model folder, opened and checked: everything but the tokenizer.
//
//   TRY(ModelFolder folder, open_model_folder("models/SmolLM2-135M-Instruct"));
//   folder.config.hidden_size;          // 576
//   folder.weights->tensors().size();   // 272
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontends/model_config.h"
#include "ir/support/result.h"
#include "ir/support/tensor_source.h"

namespace frontends {

struct ModelFolder {
  std::filesystem::path path;  // the folder that holds config.json
  std::string name;            // "SmolLM2-135M-Instruct", also inside a Hugging Face cache
  ModelConfig config;
  GenerationConfig generation;
  std::unique_ptr<ir::TensorSource> weights;
  // Jinja text by name; the plain template is "default", others are such as "tool_use".
  std::map<std::string, std::string, std::less<>> chat_templates;
  std::optional<std::string> response_template;      // what it says; JSON of a tool format
  std::vector<std::filesystem::path> licence_files;  // LICENSE, NOTICE, USE_POLICY.md ...
  std::optional<std::filesystem::path> model_card;   // README.md
  std::vector<ir::Diagnostic> warnings;
};

// Accepts a plain folder, a Hugging Face cache entry (models--org--name) or one of its snapshots.
// Errors: those of find_model_folder, read_model_config, read_generation_config, open_checkpoint.
ir::Result<ModelFolder> open_model_folder(const std::filesystem::path& path);

// Where config.json lies: `path` itself, or the snapshot of a Hugging Face cache entry that
// refs/main names. Errors: file_not_found, unsupported_checkpoint (a file instead of a folder).
ir::Result<std::filesystem::path> find_model_folder(const std::filesystem::path& path);

// The name for people: "name" of a cache entry models--org--name, else the folder's own name.
std::string model_name(const std::filesystem::path& path);

}  // namespace frontends
