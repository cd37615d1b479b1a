// SPDX-License-Identifier: Apache-2.0
// The model of the BERT family: each word is the longest token that it starts with, then the
// longest that continues it, and so on; a word that cannot be written so is one unknown token.
//
//   "playing"  ->  "play" "##ing"
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/host/prefix_tree.h"

namespace runtime::host {

// Appends the tokens of `word`, which is not empty, to `out`.
void encode_word(const PrefixTree& tree, const formats::TokenizerSettings& settings,
                 std::string_view word, std::vector<std::uint32_t>& out);

}  // namespace runtime::host
