// SPDX-License-Identifier: Apache-2.0
// The tokenizer of a model folder: tokenizer.json if it is there, else tokenizer.model or a rank
// file of tiktoken.
//
//   TRY(ir::TokenizerDescription tokenizer, read_tokenizer("models/stories260K-hf"));
//   tokenizer.pieces.size();   // 512
#pragma once

#include <filesystem>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// Errors: tokenizer_missing (the caller may go on without one), those of read_tokenizer_json and
// read_sentencepiece.
ir::Result<ir::TokenizerDescription> read_tokenizer(const std::filesystem::path& model_dir);

}  // namespace frontends
