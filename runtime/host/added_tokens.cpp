// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/added_tokens.h"

#include <algorithm>
#include <cstring>

#include "runtime/host/section_reader.h"
#include "runtime/host/utf8.h"

namespace runtime::host {

using formats::AddedTokenEntry;

namespace {

constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101U;
constexpr std::uint64_t kHighBits = kOnes << 7;

// The first place at or after `from` in whose eight bytes, or fewer at the end of the text, one of
// the bytes may be that the patterns repeat.
std::size_t skip(std::string_view text, std::size_t from,
                 const std::vector<std::uint64_t>& patterns) {
  for (; text.size() - from >= 8; from += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + from, 8);
    std::uint64_t found = 0;
    for (const std::uint64_t pattern : patterns) {
      const std::uint64_t difference = word ^ pattern;  // a byte of it is zero where they agree
      found |= (difference - kOnes) & ~difference & kHighBits;
    }
    if (found != 0) break;
  }
  return from;
}

}  // namespace

std::optional<AddedTokens> AddedTokens::open(const TokenizerFile& file,
                                             const Vocabulary& vocabulary) {
  AddedTokens tokens;
  for (std::size_t i = 0; i < file.added_tokens().size(); ++i) {
    const AddedTokenEntry entry = file.added_tokens()[i];
    std::string_view text = vocabulary.bytes(entry.id);
    if ((entry.flags & formats::kAddedOtherText) != 0) {
      if (std::uint64_t{entry.offset} + entry.bytes > file.added_texts().size())
        return std::nullopt;
      text = file.added_texts().substr(entry.offset, entry.bytes);
    }
    const bool second = (entry.flags & formats::kAddedSecondPass) != 0;
    List& list = second ? tokens.second_ : tokens.first_;
    if (text.empty()) return std::nullopt;
    if (!list.entries.empty() && list.entries.back().text >= text) return std::nullopt;
    const auto first = static_cast<unsigned char>(text[0]);
    if (!list.starts[first]) list.patterns.push_back(first * kOnes);
    list.starts[first] = true;
    list.entries.push_back({text, entry.id, entry.flags});
  }
  if (file.word_characters().empty()) return tokens;
  SectionReader reader(file.word_characters());
  const auto blocks = reader.take_one<std::uint32_t>();
  const auto words = PointTable<std::uint8_t>::take(reader, blocks);
  if (!words) return std::nullopt;
  tokens.word_characters_ = *words;
  return tokens;
}

// Entries that share the first n bytes are neighbours: each further byte narrows the range.
const AddedTokens::Entry* AddedTokens::longest_match(const List& list, std::string_view text,
                                                     std::uint32_t wanted, std::uint32_t unwanted) {
  const Entry* best = nullptr;
  auto low = list.entries.begin();
  auto high = list.entries.end();
  for (std::size_t depth = 0; low != high; ++depth) {
    if (low->text.size() == depth) {
      if ((low->flags & wanted) == wanted && (low->flags & unwanted) == 0) best = &*low;
      ++low;
    }
    if (depth == text.size()) break;
    const auto byte_at_depth = [&](const Entry& entry) {
      return static_cast<unsigned char>(entry.text[depth]);
    };
    const auto byte = static_cast<unsigned char>(text[depth]);
    low = std::partition_point(low, high, [&](const Entry& e) { return byte_at_depth(e) < byte; });
    high =
        std::partition_point(low, high, [&](const Entry& e) { return byte_at_depth(e) <= byte; });
  }
  return best;
}

std::optional<AddedTokens::Match> AddedTokens::find(std::string_view text, std::size_t from,
                                                    Pass pass, bool with_special) const {
  const List& list = of(pass);
  if (list.entries.empty()) return std::nullopt;
  const std::uint32_t unwanted = with_special ? 0 : formats::kAddedSpecial;
  constexpr std::size_t kFew = 4;
  for (std::size_t at = from; at < text.size(); ++at) {
    if (!list.starts[static_cast<unsigned char>(text[at])]) {
      if (list.patterns.size() <= kFew) at = skip(text, at + 1, list.patterns) - 1;
      continue;
    }
    const Entry* entry = longest_match(list, text.substr(at), 0, unwanted);
    if (entry == nullptr) continue;
    Match match{at, at + entry->text.size(), entry->token};
    if ((entry->flags & formats::kAddedSingleWord) != 0 &&
        !stands_alone(text, match.start, match.end)) {
      at = match.end - 1;
      continue;
    }
    if ((entry->flags & formats::kAddedStripLeft) != 0)
      match.start = white_space_before(text, match.start, from);
    if ((entry->flags & formats::kAddedStripRight) != 0)
      match.end = white_space_after(text, match.end);
    return match;
  }
  return std::nullopt;
}

bool AddedTokens::starts_special(std::string_view text) const {
  for (const List* list : {&first_, &second_})
    if (longest_match(*list, text, formats::kAddedSpecial, 0) != nullptr) return true;
  return false;
}

bool AddedTokens::is_word(const Utf8Character& character) const {
  return character.state == Utf8Character::State::valid && !word_characters_.empty() &&
         word_characters_.of(character.code_point) != 0;
}

bool AddedTokens::stands_alone(std::string_view text, std::size_t start, std::size_t end) const {
  if (start > 0 && is_word(last_utf8(text.substr(0, start)))) return false;
  return end == text.size() || !is_word(decode_utf8(text.substr(end)));
}

}  // namespace runtime::host
