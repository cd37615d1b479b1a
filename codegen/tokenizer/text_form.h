// SPDX-License-Identifier: Apache-2.0
// From a tokenizer's stages to the text form that the runtime works in, where each piece is the
// bytes that it stands for and a space is a space:
//
//   Prepend "▁", Replace " " by "▁"     a space before each segment; U+2581 reads as a space
//   ByteLevel                           pieces are bytes:  "Ġthe" is " the"
//   Split, Digits                       patterns that cut the text
//   decoder Strip " " start 1           at most one space is dropped at the start of the output
#pragma once

#include <string>
#include <vector>

#include "codegen/tokenizer/pattern.h"
#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"
#include "runtime/formats/tokenizer_bin.h"

namespace codegen::tokenizer {

struct TextForm {
  runtime::formats::TokenizerSettings settings;
  std::vector<std::string> bytes;  // of each piece
  std::vector<bool> in_text;       // whether merging can meet the piece in text at all
  std::vector<Pattern> splits;     // cut the text, one after the other, before it is merged
};

// Errors: unsupported_tokenizer for stages that have no such form, naming the stage.
ir::Result<TextForm> text_form_of(const ir::TokenizerDescription& description);

// "the tokenizer uses <what>, which is not supported".
ir::Diagnostic unsupported(const ir::TokenizerDescription& description, std::string what);

}  // namespace codegen::tokenizer
