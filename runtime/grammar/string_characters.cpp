// SPDX-License-Identifier: Apache-2.0
#include "runtime/grammar/string_characters.h"

#include <array>
#include <string_view>

#include "runtime/grammar/list.h"

namespace runtime::grammar {
namespace {

// The first bytes of characters; what is not listed shares a kind. Spaces other than ASCII's begin
// with \xc2, \xe1, \xe2, \xe3 and \xef.
constexpr std::string_view kKinds[] = {"abcdef",
                                       "ABCDEF",
                                       "ghijklmnopqrstuvwxyz",
                                       "GHIJKLMNOPQRSTUVWXYZ",
                                       "0123456789",
                                       " ",
                                       "_",
                                       "-",
                                       ".",
                                       "/",
                                       ":",
                                       "@",
                                       "#",
                                       "$",
                                       "%",
                                       "&",
                                       "+",
                                       ",",
                                       "=",
                                       "?",
                                       "*",
                                       "()",
                                       "[]{}",
                                       "<>",
                                       "'`",
                                       "\xc2",
                                       "\xe1",
                                       "\xe2",
                                       "\xe3",
                                       "\xef",
                                       "\xf0\xf1\xf2\xf3\xf4"};

constexpr std::array<Kinds, 256> kinds_of_bytes() {
  std::array<Kinds, 256> kinds{};
  for (const CharacterArc& arc : kCharacterArcs)
    for (unsigned byte = arc.first; arc.from == 0 && byte <= arc.last; ++byte)
      kinds[byte] = Kinds{1} << std::size(kKinds);
  for (std::size_t i = 0; i < std::size(kKinds); ++i)
    for (const char byte : kKinds[i]) kinds[static_cast<std::uint8_t>(byte)] = Kinds{1} << i;
  return kinds;
}
static_assert(std::size(kKinds) < 32);

}  // namespace

constexpr std::array<Kinds, 256> kKindOfByte = kinds_of_bytes();

std::uint8_t next_state(std::uint8_t state, std::uint8_t byte) {
  for (const CharacterArc& arc : kCharacterArcs)
    if (arc.from == state && arc.first <= byte && byte <= arc.last) return arc.to;
  return kNoCharacter;
}

regex::Regex string_character(regex::Expressions& expressions) {
  // By states from the last to the first: what is left of a character.
  std::array<regex::Regex, 8> from{};
  from[0] = regex::kEmptyText;
  for (const std::uint8_t state : {1, 2, 3, 4, 5, 6, 7, 0}) {
    List<regex::Regex> parts;
    for (const CharacterArc& arc : kCharacterArcs) {
      if (arc.from != state) continue;
      const regex::Regex byte = expressions.bytes(regex::ByteSet::range(arc.first, arc.last));
      parts.push_back(expressions.concat(byte, from[arc.to]));
    }
    from[state] = expressions.either(parts);
  }
  return from[0];
}

}  // namespace runtime::grammar
