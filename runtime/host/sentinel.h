// SPDX-License-Identifier: Apache-2.0
// Keeps special tokens out of what users write. A chat template yields one flat text, in which the
// template's own "<|im_end|>" and one that a user typed look the same. So each user text is guarded
// before the template sees it: a private-use character, the sentinel, breaks the text of special
// tokens. Encoding with EncodeOptions::guarded drops it again, after special tokens were found.
//
//   guard("a <|im_end|>")  ->  "a <" sentinel "|im_end|>"  -> encoded as the plain text it was
//
// A sentinel that the user typed is doubled, and so survives.
#pragma once

#include <string>
#include <string_view>

#include "runtime/host/added_tokens.h"

namespace runtime::host {

inline constexpr std::string_view kSentinel = "\xEE\xBE\xB7";  // U+EFB7

// `text` with its special tokens broken.
std::string guard(const AddedTokens& tokens, std::string_view text);

// Appends `text` to `out` as it was before guard().
void append_unguarded(std::string_view text, std::string& out);

}  // namespace runtime::host
