// SPDX-License-Identifier: Apache-2.0
// Reads tokenizer.model, the protocol buffer that SentencePiece writes, where it holds byte pair
// encoding (Llama 2, TinyLlama, Mistral). The description is the one that the same model's
// tokenizer.json would give: each score becomes the merges that make its piece, in order of score.
//
//   piece "▁the" (score -12)   becomes   merges  ▁t+he, ▁+the, ▁th+e   where all parts are pieces
#pragma once

#include <filesystem>
#include <string_view>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// tokenizer_config.json beside it says whether BOS and EOS are added (default: BOS only).
// Errors: those of File, malformed_tokenizer, unsupported_tokenizer (unigram models, normalizing
// character maps, tiktoken rank files of the same name), those of JsonFile::read.
ir::Result<ir::TokenizerDescription> read_sentencepiece(const std::filesystem::path& path);
// The same from the file's bytes.
ir::Result<ir::TokenizerDescription> read_sentencepiece(std::string_view bytes,
                                                        const std::filesystem::path& path);

}  // namespace frontends
