// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/character_map.h"

#include "runtime/host/utf8.h"

namespace runtime::host {

std::optional<CharacterMap> CharacterMap::open(SectionReader& reader) {
  CharacterMap map;
  const auto header = reader.take_one<formats::MapHeader>();
  const auto groups = PointTable<std::uint16_t>::take(reader, header.blocks);
  if (!groups || !groups->all_below(std::size_t{header.groups} + 1)) return std::nullopt;
  map.group_of_ = *groups;
  map.first_key_ = reader.take<std::uint32_t>(std::size_t{header.groups} + 1);
  map.keys_ = reader.take<formats::MapKey>(header.keys);
  map.text_ = reader.take_text(header.text_bytes);
  if (!reader.ok()) return std::nullopt;
  std::uint32_t previous = 0;
  for (std::size_t i = 0; i < map.first_key_.size(); ++i) {
    if (map.first_key_[i] < previous || map.first_key_[i] > header.keys) return std::nullopt;
    previous = map.first_key_[i];
  }
  for (std::size_t i = 0; i < map.keys_.size(); ++i) {
    const formats::MapKey key = map.keys_[i];
    const std::uint64_t end = std::uint64_t{key.offset} + key.rest_bytes + key.text_bytes;
    if (end > map.text_.size()) return std::nullopt;
  }
  return map;
}

CharacterMap::Match CharacterMap::match(std::string_view text, char32_t first,
                                        std::uint32_t first_bytes) const {
  const std::uint16_t group = group_of_.of(first);
  if (group == 0) return {};
  const std::string_view rest = text.substr(first_bytes);
  for (std::uint32_t i = first_key_[group - 1U]; i < first_key_[group]; ++i) {
    const formats::MapKey key = keys_[i];
    if (rest.starts_with(text_.substr(key.offset, key.rest_bytes)))
      return {std::size_t{first_bytes} + key.rest_bytes,
              text_.substr(key.offset + key.rest_bytes, key.text_bytes)};
  }
  return {};
}

bool CharacterMap::apply(std::string_view text, std::string& out) const {
  bool changed = false;
  std::size_t done = 0;  // what comes before has been appended
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = decode_utf8(text.substr(at));
    Match found;
    if (character.state == Utf8Character::State::valid)
      found = match(text.substr(at), character.code_point, character.bytes);
    if (found.bytes == 0) {
      at += character.bytes;
      continue;
    }
    changed = true;
    out.append(text.substr(done, at - done));
    for (const char byte : found.text)
      byte == formats::kMapSelf ? (void)out.append(text.substr(at, found.bytes))
                                : out.push_back(byte);
    done = at += found.bytes;
  }
  if (changed) out.append(text.substr(done));
  return changed;
}

}  // namespace runtime::host
