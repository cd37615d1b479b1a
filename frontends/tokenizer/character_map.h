// SPDX-License-Identifier: Apache-2.0
// Reads the precompiled character map of SentencePiece models: a double-array trie of keys, and the
// texts that they become.
//
//   u32 bytes of the trie, the trie, texts that end in zero bytes
#pragma once

#include <optional>
#include <string_view>

#include "ir/support/tokenizer_description.h"

namespace frontends {

// Nothing if the bytes are no such map.
std::optional<ir::CharacterMap> read_character_map(std::string_view bytes);

}  // namespace frontends
