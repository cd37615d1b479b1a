// SPDX-License-Identifier: Apache-2.0
// What the response_template of tokenizer_config.json says of a model's answers: the fields of a
// message and the marks between which each stands (transformers, "Response Parsing").
//
//   {"fields": {"thinking": {"open": "<think>", "close": "</think>"},
//               "tool_calls": {"open": "<tool_call>", "close": "</tool_call>", "repeats": true,
//                              "content": "json",
//                              "transform": {"type": "function", "function": "{content}"}}}, …}
//
// It shows how an answer is read, not how it is written: white space, the order of keys and what
// stands between a value and the next mark are missing. So the runtime asks the chat template
// first, and takes from here what rendering does not show.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ir/support/result.h"

namespace frontends {

// The reasoning and the calls of the template as runtime/web/chat/tool_format.ts describes them;
// JSON text. Fields that it cannot describe are left out: calls that are not JSON, marks that are
// more of a pattern than white space and a name. Nothing when the model has no such template, or a
// later version of it. Errors: those of JsonFile::read, bad_config_value.
ir::Result<std::optional<std::string>> read_response_template(
    const std::filesystem::path& model_dir);

}  // namespace frontends
