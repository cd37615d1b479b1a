// SPDX-License-Identifier: Apache-2.0
// Writes the section normalizers of tokenizer.bin (runtime/formats/normalizer_bin.h): from what
// normalizers mean to tables that need no Unicode library.
//
//   BertNormalizer  ->  map (clean, pad), form NFD, map (drop accents, lower case)
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/tokenizer/text_form.h"

namespace codegen::tokenizer {

// Empty if there are none. Errors: unsupported_tokenizer, for patterns.
ir::Result<std::vector<std::byte>> normalizer_section(const ir::TokenizerDescription& description,
                                                      const TextForm& form);

}  // namespace codegen::tokenizer
