// SPDX-License-Identifier: Apache-2.0
#include "runtime/host/precompiled_map.h"

#include <algorithm>

#include "runtime/host/utf8.h"

namespace runtime::host {
namespace {

constexpr std::size_t kLongestKey = 64;  // bytes; the longest known has 12

// A unit of the array: the byte that leads to it, whether a key ends there, and where its children
// lie: at (its place ^ offset) ^ byte. The child of no byte holds the key's value.
bool ends_key(std::uint32_t unit) { return (unit >> 8 & 1U) != 0; }
std::uint32_t value_of(std::uint32_t unit) { return unit & 0x7fff'ffffU; }
std::uint32_t label_of(std::uint32_t unit) { return unit & 0x8000'00ffU; }
std::size_t offset_of(std::uint32_t unit) {
  return std::size_t{unit >> 10} << ((unit & 0x200U) >> 6);
}

}  // namespace

std::optional<PrecompiledMap> PrecompiledMap::open(SectionReader& reader) {
  PrecompiledMap map;
  const auto units = reader.take_one<std::uint32_t>();
  const auto text_bytes = reader.take_one<std::uint32_t>();
  map.units_ = reader.take<std::uint32_t>(units);
  map.texts_ = reader.take_text(text_bytes);
  if (!reader.ok() || units == 0) return std::nullopt;
  return map;
}

PrecompiledMap::Match PrecompiledMap::match(std::string_view text) const {
  Match best;
  std::size_t children = offset_of(units_[0]);
  const std::size_t limit = std::min(text.size(), kLongestKey);
  for (std::size_t i = 0; i < limit; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t place = children ^ byte;
    if (place >= units_.size() || label_of(units_[place]) != byte) break;
    const std::uint32_t unit = units_[place];
    children = place ^ offset_of(unit);
    if (ends_key(unit) && children < units_.size()) best = {i + 1, value_of(units_[children])};
  }
  return best;
}

bool PrecompiledMap::apply(std::string_view text, std::string& out) const {
  std::size_t done = 0;  // what comes before has been appended
  for (std::size_t at = 0; at < text.size();) {
    const Match found = match(text.substr(at));
    const std::size_t end =
        found.bytes == 0 ? std::string_view::npos : texts_.find('\0', found.value);
    if (end == std::string_view::npos) {
      at += decode_utf8(text.substr(at)).bytes;
      continue;
    }
    out.append(text.substr(done, at - done));
    out.append(texts_.substr(found.value, end - found.value));
    done = at += found.bytes;
  }
  if (done == 0) return false;
  out.append(text.substr(done));
  return true;
}

}  // namespace runtime::host
