// SPDX-License-Identifier: Apache-2.0
// The stages of a tokenizer.json, one object each; `type` is the object's type.
//
//   {"type": "Prepend", "prepend": "▁"}          becomes  PrependText{"▁"}
//   {"type": "Digits", "individual_digits": true}  becomes  SplitPattern{R"(\p{N})"}
#pragma once

#include <string>
#include <vector>

#include "frontends/json_file.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// Errors: unsupported_tokenizer, bad_config_value, missing_config_key.
ir::Result<ir::Normalizer> read_normalizer(const JsonObject& object, const std::string& type);
ir::Result<ir::TokenDecoder> read_decoder(const JsonObject& object, const std::string& type);
// Appends to `out`: one object may be several stages.
ir::Result<void> read_pre_tokenizer(const JsonObject& object, const std::string& type,
                                    std::vector<ir::PreTokenizer>& out);

}  // namespace frontends
