// SPDX-License-Identifier: Apache-2.0
// The section pre_tokenizers of tokenizer.bin: patterns that cut text into pieces, one after the
// other, as automata over classes of characters.
//
//   PreTokenizerHeader
//   u16 block_of[kCodePointBlocks]              code point >> 8  ->  block
//   u8  class_of[blocks][256]                   block, code point & 255  ->  class
//   for each automaton:
//     u32 states
//     u16 transitions[states][classes + 1]      the last column: the end of the text
//     zeros up to a multiple of 4 bytes
//
// An automaton starts in state 0. In state s before a character of class c:
//   if transitions[s][c] has kMatchBefore, what has been read so far is a match;
//   then it goes to the state transitions[s][c] & kStateMask, or stops at kDeadState.
// The last match seen counts. So a match may depend on the character after it, and the one look
// ahead that tokenizers need, \s+(?!\S), is an ordinary entry of the table.
#pragma once

#include <cstdint>

namespace runtime::formats {

inline constexpr std::uint32_t kCodePointBlocks = 0x110000 / 256;
inline constexpr std::uint32_t kMaxClasses = 255;
inline constexpr std::uint32_t kMaxAutomata = 16;
inline constexpr std::uint16_t kMatchBefore = 0x8000;
inline constexpr std::uint16_t kStateMask = 0x7fff;
inline constexpr std::uint16_t kDeadState = 0x7fff;

struct PreTokenizerHeader {
  std::uint32_t automata = 0;
  std::uint32_t classes = 0;
  std::uint32_t blocks = 0;
};

}  // namespace runtime::formats
