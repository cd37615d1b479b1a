// SPDX-License-Identifier: Apache-2.0
// The tokens of tokenizer.bin that stand for text.
#pragma once

#include "runtime/grammar/list.h"
#include "runtime/grammar/token_trie.h"
#include "runtime/host/tokenizer_file.h"

namespace runtime::grammar {

// Control tokens and ids that no token has are left out. The texts lie in the bytes behind `file`.
List<TokenText> token_texts(const host::TokenizerFile& file);

}  // namespace runtime::grammar
