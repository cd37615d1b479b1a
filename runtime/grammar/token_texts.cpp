// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/token_texts.h"

#include <cstdint>
#include <string_view>

#include "runtime/formats/tokenizer_bin.h"
#include "runtime/grammar/list.h"

namespace runtime::grammar {

List<TokenText> token_texts(const host::TokenizerFile& file) {
  constexpr unsigned kNoText = formats::kTokenControl | formats::kTokenAbsent;
  List<TokenText> tokens;
  tokens.reserve(file.settings().tokens);
  std::string_view bytes = file.token_bytes();
  for (std::uint32_t id = 0; id < file.settings().tokens; ++id) {
    const std::size_t length = file.token_lengths()[id];
    if ((file.token_flags()[id] & kNoText) == 0) tokens.push_back({bytes.substr(0, length), id});
    bytes.remove_prefix(length);
  }
  return tokens;
}

}  // namespace runtime::grammar
