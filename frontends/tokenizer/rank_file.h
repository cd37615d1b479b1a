// SPDX-License-Identifier: Apache-2.0
// Reads the rank files of tiktoken (*.tiktoken, and the tokenizer.model of Llama 3): each line is a
// token's bytes in base64 and its rank, which is also its id. A pair of neighbours joins whenever
// its bytes are a token, the lowest rank first.
//
//   "IQ== 0\nIg== 1\n"   becomes   pieces "!" and "\"", and every way to cut a token as its merges
//
// The file says neither how text is cut nor which special tokens there are: that is looked up by
// the number of its ranks; tokenizer_config.json beside it may name other special tokens.
#pragma once

#include <filesystem>
#include <string_view>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// Whether the bytes begin like one.
bool looks_like_rank_file(std::string_view bytes);

// Errors: malformed_tokenizer, unsupported_tokenizer (no known encoding has so many ranks), those
// of JsonFile::read.
ir::Result<ir::TokenizerDescription> read_rank_file(std::string_view bytes,
                                                    const std::filesystem::path& path);

}  // namespace frontends
