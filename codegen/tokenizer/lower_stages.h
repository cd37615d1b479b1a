// SPDX-License-Identifier: Apache-2.0
// The stages before and after the model, as settings and patterns of the text form (text_form.h).
// How spaces and bytes are spelled decides how patterns read:
//
//   plain   as they are
//   marked  after Replace " " by "▁" or Metaspace a pattern's "▁" is a space of the text, and its
//           " " nothing
//   bytes   after ByteLevel a pattern's "Ġ" is the byte 0x20 of the text
#pragma once

#include "codegen/tokenizer/text_form.h"

namespace codegen::tokenizer {

enum class Spelling : std::uint8_t { plain, marked, bytes };

// Each fills its part of `form`. Errors: unsupported_tokenizer, naming the stage.
ir::Result<void> lower_normalizers(const ir::TokenizerDescription& description, TextForm& form);
ir::Result<void> lower_pre_tokenizers(const ir::TokenizerDescription& description, TextForm& form);
ir::Result<void> lower_decoders(const ir::TokenizerDescription& description, TextForm& form);

// How pieces are spelled. Valid once the normalizers and pre-tokenizers are lowered.
Spelling spelling_of(const TextForm& form);

}  // namespace codegen::tokenizer
