// SPDX-License-Identifier: Apache-2.0
// The chat templates of a model folder, as Jinja text; the runtime renders them.
//
//   chat_template.jinja                        "default"
//   additional_chat_templates/tool_use.jinja   "tool_use"
//   chat_template.json                         {"chat_template": "..."}
//   tokenizer_config.json                      {"chat_template": "..." or [{"name", "template"}]}
//
// The first of these that has a name decides, as in transformers.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "ir/support/result.h"

namespace frontends {

using ChatTemplates = std::map<std::string, std::string, std::less<>>;

// Empty when the model has none. Errors: those of JsonFile::read and read_text, bad_config_value.
ir::Result<ChatTemplates> read_chat_templates(const std::filesystem::path& model_dir);

}  // namespace frontends
