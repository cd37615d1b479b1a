// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/character_map.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace frontends {
namespace {

constexpr std::size_t kMostEntries = 1U << 17;
constexpr std::size_t kMostNodes = 1U << 20;
constexpr std::size_t kLongestKey = 64;

// A unit of the array: the label that leads to it, whether a key ends there, and where its children
// lie: at (its place ^ offset) ^ label.
struct Unit {
  std::uint32_t bits = 0;

  bool has_value() const { return (bits >> 8 & 1U) != 0; }
  std::uint32_t value() const { return bits & 0x7fff'ffffU; }
  std::uint32_t label() const { return bits & 0x8000'00ffU; }
  std::size_t offset() const { return std::size_t{bits >> 10} << ((bits & 0x200U) >> 6); }
};

// Collects the keys of the trie, depth first.
class TrieReader {
 public:
  TrieReader(std::vector<Unit> units, std::string_view texts)
      : units_(std::move(units)), texts_(texts) {}

  bool read(ir::CharacterMap& map) {
    return !units_.empty() && visit(units_[0].offset(), map) && !map.entries.empty();
  }

 private:
  // `base` is where the children of the node at the end of key_ lie.
  bool visit(std::size_t base, ir::CharacterMap& map) {
    if (++visited_ > kMostNodes || key_.size() > kLongestKey) return false;
    for (std::uint32_t byte = 1; byte < 256; ++byte) {
      const std::size_t place = base ^ byte;
      if (place >= units_.size() || units_[place].label() != byte) continue;
      const std::size_t children = place ^ units_[place].offset();
      key_.push_back(static_cast<char>(byte));
      if (units_[place].has_value() && !add(children, map)) return false;
      if (!visit(children, map)) return false;
      key_.pop_back();
    }
    return true;
  }

  bool add(std::size_t place, ir::CharacterMap& map) {
    if (place >= units_.size() || map.entries.size() == kMostEntries) return false;
    const std::size_t start = units_[place].value();
    const std::size_t end = texts_.find('\0', start);
    if (start > texts_.size() || end == std::string_view::npos) return false;
    map.entries.emplace_back(key_, texts_.substr(start, end - start));
    return true;
  }

  std::vector<Unit> units_;
  std::string_view texts_;
  std::string key_;
  std::size_t visited_ = 0;
};

}  // namespace

std::optional<ir::CharacterMap> read_character_map(std::string_view bytes) {
  std::uint32_t trie_bytes = 0;
  if (bytes.size() < sizeof(trie_bytes)) return std::nullopt;
  std::memcpy(&trie_bytes, bytes.data(), sizeof(trie_bytes));
  bytes.remove_prefix(sizeof(trie_bytes));
  if (trie_bytes > bytes.size() || trie_bytes % sizeof(Unit) != 0) return std::nullopt;
  std::vector<Unit> units(trie_bytes / sizeof(Unit));
  std::memcpy(units.data(), bytes.data(), trie_bytes);
  ir::CharacterMap map;
  if (!TrieReader(std::move(units), bytes.substr(trie_bytes)).read(map)) return std::nullopt;
  return map;
}

}  // namespace frontends
