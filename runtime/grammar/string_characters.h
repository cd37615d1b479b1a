// SPDX-License-Identifier: Apache-2.0
// The characters that stand for themselves in a JSON string, as an automaton over bytes: UTF-8
// without quotes, backslashes and control characters (Unicode, table 3-7). State 0 is before a
// character.
//
//   next_state(0, 'a')     // 0
//   next_state(0, 0xc3)    // 1: one byte is to follow
//   next_state(0, '"')     // kNoCharacter
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/grammar/regex/expressions.h"

namespace runtime::grammar {

struct CharacterArc {
  std::uint8_t from, first, last, to;
};
inline constexpr CharacterArc kCharacterArcs[] = {
    {0, 0x20, 0x21, 0}, {0, 0x23, 0x5b, 0}, {0, 0x5d, 0x7f, 0}, {0, 0xc2, 0xdf, 1},
    {0, 0xe0, 0xe0, 4}, {0, 0xe1, 0xec, 2}, {0, 0xed, 0xed, 5}, {0, 0xee, 0xef, 2},
    {0, 0xf0, 0xf0, 6}, {0, 0xf1, 0xf3, 3}, {0, 0xf4, 0xf4, 7}, {1, 0x80, 0xbf, 0},
    {2, 0x80, 0xbf, 1}, {3, 0x80, 0xbf, 2}, {4, 0xa0, 0xbf, 1}, {5, 0x80, 0x9f, 1},
    {6, 0x90, 0xbf, 2}, {7, 0x80, 0x8f, 2}};
inline constexpr std::uint8_t kNoCharacter = 0xff;

std::uint8_t next_state(std::uint8_t state, std::uint8_t byte);

// One such character.
regex::Regex string_character(regex::Expressions& expressions);

// Kinds of characters by their first byte, as a set of bits: few enough for a word, and such that
// patterns tend to treat the characters of a kind alike.
using Kinds = std::uint32_t;
inline constexpr Kinds kAllKinds = ~Kinds{0};
extern const std::array<Kinds, 256> kKindOfByte;  // none where no character begins so

}  // namespace runtime::grammar
