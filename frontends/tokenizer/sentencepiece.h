// SPDX-License-Identifier: Apache-2.0
// Reads tokenizer.model, the protocol buffer that SentencePiece writes, where it holds byte pair
// encoding (Llama 2, TinyLlama, Mistral) or a unigram model (T5). The description is the one that
// the same model's tokenizer.json would give; of byte pairs each score becomes the merges that make
// its piece, in order of score. A tiktoken rank file of the same name is read by rank_file.h.
//
//   piece "▁the" (score -12)   becomes   merges  ▁t+he, ▁+the, ▁th+e   where all parts are pieces
#pragma once

#include <filesystem>
#include <string_view>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace frontends {

// tokenizer_config.json beside it says whether BOS and EOS are added (default: BOS only).
// Errors: those of File, malformed_tokenizer, unsupported_tokenizer (word and character models),
// those of JsonFile::read and of read_rank_file.
ir::Result<ir::TokenizerDescription> read_sentencepiece(const std::filesystem::path& path);
// The same from the file's bytes.
ir::Result<ir::TokenizerDescription> read_sentencepiece(std::string_view bytes,
                                                        const std::filesystem::path& path);

}  // namespace frontends
