// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/sentinel.h"

#include "runtime/host/utf8.h"

namespace runtime::host {

std::string guard(const AddedTokens& tokens, std::string_view text) {
  std::string guarded;
  while (!text.empty()) {
    const std::string_view character = text.substr(0, decode_utf8(text).bytes);
    guarded += character;
    if (character == kSentinel || tokens.starts_special(text)) guarded += kSentinel;
    text.remove_prefix(character.size());
  }
  return guarded;
}

void append_unguarded(std::string_view text, std::string& out) {
  for (;;) {
    const std::size_t found = text.find(kSentinel);
    out += text.substr(0, found);
    if (found == std::string_view::npos) return;
    text.remove_prefix(found + kSentinel.size());
    if (!text.starts_with(kSentinel)) continue;
    out += kSentinel;
    text.remove_prefix(kSentinel.size());
  }
}

}  // namespace runtime::host
