// SPDX-License-Identifier: Apache-2.0
#include "codegen/tokenizer/character_rules.h"

#include <algorithm>
#include <span>
#include <utility>

#include "codegen/tokenizer/section_bytes.h"
#include "codegen/tokenizer/unicode_mappings.h"
#include "runtime/formats/normalizer_bin.h"
#include "runtime/host/utf8.h"

namespace codegen::tokenizer {

void CharacterRules::add(std::string_view key, std::string text) {
  const runtime::host::Utf8Character first = runtime::host::decode_utf8(key);
  rules_[first.code_point].emplace(key.substr(first.bytes), std::move(text));
}

void CharacterRules::add(char32_t key, std::string text) {
  rules_[key].emplace("", std::move(text));
}

void CharacterRules::add(const CodePointSet& keys, const std::string& text) {
  for (const CodePointSet::Range& range : keys.ranges())
    for (char32_t point = range.first; point <= range.last; ++point) add(point, text);
}

void CharacterRules::add_lowercase() {
  const auto mappings = lowercase_mappings();
  for (std::size_t i = 0; i < mappings.size(); i += 2 + mappings[i + 1]) {
    std::string text;
    for (const std::uint32_t point : mappings.subspan(i + 2, mappings[i + 1]))
      runtime::host::append_utf8(point, text);
    add(mappings[i], std::move(text));
  }
}

std::vector<std::byte> CharacterRules::table() const {
  using Keys = std::map<std::string, std::string>;
  std::vector<std::uint16_t> group_of(kLastCodePoint + 1);
  std::map<Keys, std::uint16_t> numbers;  // characters with the same rules share a group
  std::vector<std::uint32_t> first_key = {0};
  std::vector<runtime::formats::MapKey> keys;
  std::string text;
  for (const auto& [point, rules] : rules_) {
    const auto number = static_cast<std::uint16_t>(numbers.size() + 1);
    const auto [entry, is_new] = numbers.emplace(rules, number);
    group_of[point] = entry->second;
    if (!is_new) continue;
    std::vector<std::pair<std::string, std::string>> sorted(rules.begin(), rules.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    for (const auto& [rest, to] : sorted) {
      keys.push_back({static_cast<std::uint32_t>(text.size()),
                      static_cast<std::uint16_t>(rest.size()),
                      static_cast<std::uint16_t>(to.size())});
      text += rest + to;
    }
    first_key.push_back(static_cast<std::uint32_t>(keys.size()));
  }
  const PointBlocks<std::uint16_t> blocks(group_of);
  SectionBytes section;
  section.add_one(
      runtime::formats::MapHeader{.blocks = blocks.count(),
                                  .groups = static_cast<std::uint32_t>(numbers.size()),
                                  .keys = static_cast<std::uint32_t>(keys.size()),
                                  .text_bytes = static_cast<std::uint32_t>(text.size())});
  blocks.append_to(section);
  section.add(std::span(first_key));
  section.add(std::span(keys));
  section.add_text(text);
  return section.take();
}

}  // namespace codegen::tokenizer
