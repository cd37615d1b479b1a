// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/added_tokens.h"

#include <algorithm>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

using formats::AddedTokenEntry;

std::size_t white_space_before(std::string_view text, std::size_t end, std::size_t from) {
  while (end > from) {
    std::size_t start = end - 1;
    while (start > from && is_utf8_continuation(text[start])) --start;
    const Utf8Character character = decode_utf8(text.substr(start, end - start));
    if (character.bytes != end - start || !is_white_space(character.code_point)) break;
    end = start;
  }
  return end;
}

std::size_t white_space_after(std::string_view text, std::size_t start) {
  while (start < text.size()) {
    const Utf8Character character = decode_utf8(text.substr(start));
    if (!is_white_space(character.code_point)) break;
    start += character.bytes;
  }
  return start;
}

// The longest entry that `text` starts with. Entries that share the first n bytes are neighbours:
// each further byte narrows the range.
const AddedTokenEntry* longest_match(const Vocabulary& vocabulary,
                                     const std::vector<AddedTokenEntry>& entries,
                                     std::string_view text, bool with_special) {
  const AddedTokenEntry* best = nullptr;
  auto low = entries.begin();
  auto high = entries.end();
  for (std::size_t depth = 0; low != high; ++depth) {
    if (vocabulary.bytes(low->id).size() == depth) {
      if (with_special || (low->flags & formats::kAddedSpecial) == 0) best = &*low;
      ++low;
    }
    if (depth == text.size()) break;
    const auto byte_at_depth = [&](const AddedTokenEntry& entry) {
      return static_cast<unsigned char>(vocabulary.bytes(entry.id)[depth]);
    };
    const auto wanted = static_cast<unsigned char>(text[depth]);
    low = std::partition_point(low, high, [&](const auto& e) { return byte_at_depth(e) < wanted; });
    high =
        std::partition_point(low, high, [&](const auto& e) { return byte_at_depth(e) <= wanted; });
  }
  return best;
}

}  // namespace

std::optional<AddedTokens> AddedTokens::open(const TokenizerFile& file,
                                             const Vocabulary& vocabulary) {
  AddedTokens tokens;
  for (std::size_t i = 0; i < file.added_tokens().size(); ++i) {
    const AddedTokenEntry entry = file.added_tokens()[i];
    const bool second = (entry.flags & formats::kAddedSecondPass) != 0;
    List& list = second ? tokens.second_ : tokens.first_;
    const std::string_view bytes = vocabulary.bytes(entry.id);
    if (bytes.empty()) return std::nullopt;
    if (!list.entries.empty() && vocabulary.bytes(list.entries.back().id) >= bytes)
      return std::nullopt;
    list.starts[static_cast<unsigned char>(bytes[0])] = true;
    list.entries.push_back(entry);
  }
  return tokens;
}

std::optional<AddedTokens::Match> AddedTokens::find(const Vocabulary& vocabulary,
                                                    std::string_view text, std::size_t from,
                                                    Pass pass, bool with_special) const {
  const List& list = of(pass);
  if (list.entries.empty()) return std::nullopt;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!list.starts[static_cast<unsigned char>(text[at])]) continue;
    const AddedTokenEntry* entry =
        longest_match(vocabulary, list.entries, text.substr(at), with_special);
    if (entry == nullptr) continue;
    Match match{at, at + vocabulary.bytes(entry->id).size(), entry->id};
    if ((entry->flags & formats::kAddedStripLeft) != 0)
      match.start = white_space_before(text, match.start, from);
    if ((entry->flags & formats::kAddedStripRight) != 0)
      match.end = white_space_after(text, match.end);
    return match;
  }
  return std::nullopt;
}

}  // namespace runtime::host
