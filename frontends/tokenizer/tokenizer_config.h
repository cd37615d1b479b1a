// SPDX-License-Identifier: Apache-2.0
// Reads what tokenizer_config.json says about tokens.
//
//   {"added_tokens_decoder": {"151645": {"content": "<|im_end|>", "special": true}},
//    "eos_token": "<|im_end|>", "add_bos_token": false}
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

struct TokenizerConfig {
  std::vector<ir::AddedToken> added_tokens;
  std::optional<std::string> eos_token;
  std::optional<bool> add_bos_token;
  std::optional<bool> add_eos_token;

  std::optional<std::uint32_t> eos_id() const;  // where the token is one of added_tokens
};

// Of the file in `folder`; empty if there is none. Errors: those of JsonFile::read,
// bad_config_value, missing_config_key.
ir::Result<TokenizerConfig> read_tokenizer_config(const std::filesystem::path& folder);

}  // namespace frontends
