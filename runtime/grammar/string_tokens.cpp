// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/string_tokens.h"

#include <algorithm>
#include <utility>

#include "runtime/grammar/list.h"
#include "runtime/grammar/string_characters.h"
#include "runtime/host/utf8.h"

namespace runtime::grammar {
namespace {

// How many bytes the longest beginning of a text has that is whole characters.
std::size_t head_of(std::string_view text) {
  std::size_t head = 0;
  std::uint8_t state = 0;
  for (std::size_t i = 0; i < text.size() && state != kNoCharacter; ++i) {
    state = next_state(state, static_cast<std::uint8_t>(text[i]));
    if (state == 0) head = i + 1;
  }
  return head;
}

}  // namespace

StringTokens::StringTokens(std::span<const TokenText> tokens, std::uint32_t vocabulary_size,
                           std::uint32_t above, std::uint32_t most)
    : bitmap_((vocabulary_size + 31) / 32) {
  List<TokenText> inside, rest, tails;
  List<std::uint16_t> characters(vocabulary_size);  // by id
  for (const TokenText& token : tokens) {
    if (token.text.size() <= above || token.text.size() > most) continue;
    const std::size_t head = head_of(token.text);
    if (head == token.text.size()) {
      bitmap_[token.id / 32] |= 1U << token.id % 32;
      const auto continues = std::ranges::count_if(token.text, host::is_utf8_continuation);
      characters[token.id] = static_cast<std::uint16_t>(
          std::min<std::size_t>(head - static_cast<std::size_t>(continues), 0xffff));
      inside.push_back(token);
    } else {
      rest.push_back(token);
      tails.push_back({token.text.substr(head), token.id});
    }
  }
  inside_ = TokenTrie(std::move(inside));
  for (const std::uint32_t id : inside_.ids()) characters_.push_back(characters[id]);
  rest_ = TokenTrie(std::move(rest));
  tails_ = TokenTrie(std::move(tails));
}

}  // namespace runtime::grammar
