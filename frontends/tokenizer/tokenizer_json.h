// SPDX-License-Identifier: Apache-2.0
// Reads tokenizer.json, the format of Hugging Face's tokenizers library.
//
//   {"model": {"type": "BPE", "vocab": {"▁t": 259, ...}, "merges": ["▁ t", ...]},
//    "normalizer": ..., "pre_tokenizer": ..., "post_processor": ..., "decoder": ...,
//    "added_tokens": [{"id": 1, "content": "<s>", "special": true, ...}]}
#pragma once

#include <filesystem>

#include "frontends/json_file.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// Errors: those of JsonFile::read, missing_config_key and bad_config_value (wrong types),
// malformed_tokenizer (ids out of range, merges of absent pieces), unsupported_tokenizer (a
// component that TokenizerDescription cannot express, by name).
ir::Result<ir::TokenizerDescription> read_tokenizer_json(const std::filesystem::path& path);
ir::Result<ir::TokenizerDescription> read_tokenizer_json(const JsonFile& file);

}  // namespace frontends
