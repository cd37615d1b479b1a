// SPDX-License-Identifier: Apache-2.0
// The section pre_tokenizers of tokenizer.bin: stages that cut text into pieces, one after the
// other, most of them by a pattern that is an automaton over classes of characters.
//
//   PreTokenizerHeader
//   u16 block_of[kCodePointBlocks + 1]          code point >> 8  ->  block; the last: bytes
//   u8  class_of[blocks][256]                   block, code point & 255  ->  class
//   for each stage:
//     PreTokenizerStage
//     u16 transitions[states][classes + 1]      the last column: the end of the text
//     zeros up to a multiple of 4 bytes
//
// An automaton starts in state 0. In state s before a character of class c:
//   if transitions[s][c] has kMatchBefore, what has been read so far is a match;
//   then it goes to the state transitions[s][c] & kStateMask, or stops at kDeadState.
// The last match seen counts. So a match may depend on the character after it, and the one look
// ahead that tokenizers need, \s+(?!\S), is an ordinary entry of the table.
//
// Matches and the gaps between them are pieces, unless the stage's flags join or drop some. A stage
// with kStageBytes reads bytes instead of characters: byte b is the code point kBytePoints + b.
#pragma once

#include <cstdint>

namespace runtime::formats {

inline constexpr std::uint32_t kCodePointBlocks = 0x110000 / 256;
inline constexpr std::uint32_t kBytePoints = 0x110000;
inline constexpr std::uint32_t kMaxClasses = 255;
inline constexpr std::uint32_t kMaxStages = 16;
inline constexpr std::uint16_t kMatchBefore = 0x8000;
inline constexpr std::uint16_t kStateMask = 0x7fff;
inline constexpr std::uint16_t kDeadState = 0x7fff;

inline constexpr std::uint32_t kStageJoinGapMatch = 1U << 0;  // a match joins the gap before it
inline constexpr std::uint32_t kStageJoinMatchGap = 1U << 1;  // a gap joins the match before it
inline constexpr std::uint32_t kStageJoinMatches = 1U << 2;   // matches in a row are one piece
inline constexpr std::uint32_t kStageDropMatches = 1U << 3;
inline constexpr std::uint32_t kStageDropGaps = 1U << 4;
inline constexpr std::uint32_t kStageBytes = 1U << 5;
// Cuts nothing (no states): a space goes before each piece that does not start with one.
inline constexpr std::uint32_t kStageSpaceBefore = 1U << 6;
// The automaton may read far beyond a match, again and again; a reader that remembers where it did
// so in vain takes time linear in the text all the same. At most kMaxRemembered states.
inline constexpr std::uint32_t kStageRemembers = 1U << 7;
inline constexpr std::uint32_t kMaxRemembered = 64;

struct PreTokenizerStage {
  std::uint32_t flags = 0;
  std::uint32_t states = 0;
};

struct PreTokenizerHeader {
  std::uint32_t stages = 0;
  std::uint32_t classes = 0;
  std::uint32_t blocks = 0;
};

}  // namespace runtime::formats
