// SPDX-License-Identifier: Apache-2.0
// Compiles a tokenizer into tokenizer.bin (layout and rules: runtime/formats/tokenizer_bin.h).
//
//   TRY(ir::TokenizerDescription description, frontends::read_tokenizer(model_dir));
//   TRY(std::vector<std::byte> file, write_tokenizer(description));
//
// Three steps: text_form.h turns the stages around the model into a handful of settings and each
// piece into the bytes it stands for; merge_rule.h proves that the list of merges follows the one
// rule that the runtime knows; this file lays the result out.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/support/result.h"
#include "ir/support/tokenizer_description.h"

namespace codegen::tokenizer {

// The same bytes for the same description. Errors: unsupported_tokenizer, malformed_tokenizer.
ir::Result<std::vector<std::byte>> write_tokenizer(const ir::TokenizerDescription& description);

}  // namespace codegen::tokenizer
