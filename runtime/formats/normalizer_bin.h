// SPDX-License-Identifier: Apache-2.0
// The section normalizers of tokenizer.bin: steps that change text before it is cut, one after
// another. Each is a NormalizerStep and its table, which starts and ends at a multiple of 4 bytes.
//
//   map      leftmost, longest keys become other text: lower case, no accents
//              MapHeader, PointTable of u16 (group of the first character; 0: none),
//              u32 first_key[groups + 1], MapKey[keys] (of a group the longest first), text
//   form     Unicode's normalization forms NFC, NFD, NFKC, NFKD
//              FormHeader, PointTable of u8 (kForm...), Decomposition[] and Composition[], both
//              sorted, text
//   replace  each match of an automaton becomes the same text
//              u32 bytes of the text, the text, then a section as in pre_tokenizer_bin.h
//   strip    white space at the ends goes
//              u32: 1 left, 2 right
//   trie     the same as map, by the character map of a SentencePiece model
//              u32 units, u32 bytes of the texts, u32 double array[units], texts that end in zeros
//
// A PointTable gives a value to every code point: u16 block_of[kCodePointBlocks], then
// value_of[blocks][256]; code point >> 8 gives the block, code point & 255 the place in it.
#pragma once

#include <cstdint>

namespace runtime::formats {

enum class NormalizerKind : std::uint32_t { map = 1, form = 2, replace = 3, strip = 4, trie = 5 };

struct NormalizerStep {
  NormalizerKind kind = NormalizerKind::map;
  std::uint32_t bytes = 0;  // of the table that follows
};

struct MapHeader {
  std::uint32_t blocks = 0;
  std::uint32_t groups = 0;
  std::uint32_t keys = 0;
  std::uint32_t text_bytes = 0;
};

// What follows the first character of the key, and what the key becomes, lie side by side in the
// text. There the byte 0xff stands for the character itself.
struct MapKey {
  std::uint32_t offset = 0;
  std::uint16_t rest_bytes = 0;
  std::uint16_t text_bytes = 0;
};
inline constexpr char kMapSelf = static_cast<char>(0xff);

struct FormHeader {
  std::uint32_t compose = 0;  // 1: NFC, NFKC
  std::uint32_t blocks = 0;
  std::uint32_t decompositions = 0;
  std::uint32_t compositions = 0;
  std::uint32_t text_bytes = 0;
};

inline constexpr std::uint8_t kFormOrder = 0x3f;       // canonical combining class, as a rank
inline constexpr std::uint8_t kFormChanges = 1U << 6;  // the form may change it, or join it
inline constexpr std::uint8_t kFormDecomposes = 1U << 7;

struct Decomposition {  // the whole one; Hangul syllables are left out
  std::uint32_t code_point = 0;
  std::uint32_t offset = 0;
  std::uint32_t bytes = 0;
};

struct Composition {
  std::uint32_t first = 0;
  std::uint32_t second = 0;
  std::uint32_t composite = 0;
};

}  // namespace runtime::formats
