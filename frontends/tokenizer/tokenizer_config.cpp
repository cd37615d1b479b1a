// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/tokenizer_config.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>

#include "frontends/json_file.h"

namespace frontends {
namespace {

using ir::Result;

Result<std::vector<ir::AddedToken>> read_added_tokens(const JsonObject& root) {
  std::vector<ir::AddedToken> added;
  TRY(const std::optional<JsonObject> tokens, root.object("added_tokens_decoder"));
  if (!tokens) return added;
  for (const std::string& key : tokens->keys()) {
    TRY(const std::optional<JsonObject> token, tokens->object(key));
    ir::AddedToken entry;
    const char* end = key.data() + key.size();
    const auto [stop, fault] = std::from_chars(key.data(), end, entry.id);
    if (!token || fault != std::errc() || stop != end)
      return root.wrong("added_tokens_decoder", "an object from ids to tokens");
    TRY(entry.text, token->required_string("content"));
    TRY(const std::optional<bool> special, token->boolean("special"));
    entry.special = special.value_or(true);
    added.push_back(std::move(entry));
  }
  return added;
}

// "<|im_end|>" or {"content": "<|im_end|>"}; other forms say nothing.
std::optional<std::string> token_text(const nlohmann::json* value) {
  if (value != nullptr && value->is_object() && value->contains("content"))
    value = &(*value)["content"];
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace

std::optional<std::uint32_t> TokenizerConfig::eos_id() const {
  for (const ir::AddedToken& token : added_tokens)
    if (eos_token && token.text == *eos_token) return token.id;
  return std::nullopt;
}

Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder) {
  TokenizerConfig config;
  const auto path = folder / "tokenizer_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return config;
  TRY(const JsonFile file, JsonFile::read(path));
  const JsonObject root = file.root();
  TRY(config.added_tokens, read_added_tokens(root));
  config.eos_token = token_text(root.find("eos_token"));
  TRY(config.add_bos_token, root.boolean("add_bos_token"));
  TRY(config.add_eos_token, root.boolean("add_eos_token"));
  return config;
}

}  // namespace frontends
