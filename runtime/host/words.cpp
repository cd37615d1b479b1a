// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/words.h"

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

bool is_too_long(std::string_view word, std::uint32_t most_characters) {
  std::uint32_t characters = 0;
  for (std::size_t at = 0; at < word.size(); at += decode_utf8(word.substr(at)).bytes)
    if (++characters > most_characters) return true;
  return false;
}

}  // namespace

void encode_word(const PrefixTree& tree, const formats::TokenizerSettings& settings,
                 std::string_view word, std::vector<std::uint32_t>& out) {
  const std::size_t tokens_before = out.size();
  bool known = !is_too_long(word, settings.longest_word);
  for (std::size_t at = 0; known && at < word.size();) {
    std::size_t longest = 0;
    std::uint32_t best = formats::kNoToken;
    tree.prefixes(at == 0 ? PrefixTree::kStarts : PrefixTree::kContinues, word.substr(at),
                  [&](std::size_t bytes, std::uint32_t token) {
                    longest = bytes;
                    best = token;
                  });
    known = longest > 0;
    if (known) out.push_back(best);
    at += longest;
  }
  if (known) return;
  out.resize(tokens_before);
  if (settings.unknown_token != formats::kNoToken) out.push_back(settings.unknown_token);
}

}  // namespace runtime::host
