// SPDX-License-Identifier: Apache-2.0
// From a tokenizer's stages to the text form that the runtime works in, where each piece is the
// bytes that it stands for and a space is a space:
//
//   Prepend "▁", Replace " " by "▁"     a space before each segment; U+2581 reads as a space
//   ByteLevel                           pieces are bytes:  "Ġthe" is " the"
//   Split, Digits                       patterns that cut the text
//   decoder Strip " " start 1           at most one space is dropped at the start of the output
//   decoder WordPiece                   a space goes between words; "##ing" is "ing", joined
#pragma once

#include <string>
#include <vector>

#include "codegen/tokenizer/pattern.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"
#include "runtime/formats/tokenizer_bin.h"

namespace codegen::tokenizer {

// A stage that cuts text by a pattern, or puts spaces (runtime/formats/pre_tokenizer_bin.h).
struct TextStage {
  Pattern pattern;
  std::uint32_t flags = 0;  // kStage...
};

struct TextForm {
  runtime::formats::TokenizerSettings settings;
  std::vector<ir::Normalizer> normalizers;  // those that are not among the settings
  std::vector<TextStage> stages;            // cut the text, one after the other
  std::vector<std::string> bytes;           // of each piece
  std::vector<bool> in_text;                // whether the model can meet the piece in text at all
  std::vector<std::uint8_t> flags;          // of each piece: kTokenContinues, kTokenCloses
};

// Errors: unsupported_tokenizer for stages that have no such form, naming the stage.
ir::Result<TextForm> text_form_of(const ir::TokenizerDescription& description);

// "the tokenizer uses <what>, which is not supported".
ir::Diagnostic unsupported(const ir::TokenizerDescription& description, std::string what);

}  // namespace codegen::tokenizer
