// SPDX-License-Identifier: Apache-2.0
// The components of a tokenizer.json around its model: normalizers, pre-tokenizers, the template
// that adds control tokens, decoders.
//
//   {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, ...]}
//   becomes  normalizers = {PrependText{"▁"}, ...}
#pragma once

#include <string_view>

#include "frontends/json_file.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// Fills the lists of `tokenizer`. Errors: unsupported_tokenizer, bad_config_value,
// missing_config_key, malformed_tokenizer (control tokens without ids).
ir::Result<void> read_components(const JsonFile& file, ir::TokenizerDescription& tokenizer);

// "the tokenizer's <role> is <name>, which is not supported".
ir::Diagnostic unsupported_component(const JsonObject& object, std::string_view key,
                                     std::string_view role, std::string_view name);

}  // namespace frontends
