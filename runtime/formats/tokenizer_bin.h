// SPDX-License-Identifier: Apache-2.0
// The layout of tokenizer.bin: a header, a table of sections, the sections. All numbers are
// little-endian; sections start at multiples of 8 bytes; a reader skips sections it does not know.
//
//   0   magic, version, file bytes, number of sections          (TokenizerHeader)
//   16  kind, offset, bytes of each section                     (TokenizerSectionEntry[])
//   ..  the sections
//
// The file states facts; what can be computed from them in one pass (where a token's bytes start,
// which token has given bytes) is built when it is opened, because a download costs more than a
// pass over the vocabulary, and because fewer tables mean fewer lies a damaged file can tell.
//
// Tokens are stored as the bytes they stand for in text: "▁the" as " the", "Ġthe" as " the",
// <0x0A> as one newline. So that decoding is joining, and that neighbouring pieces of a text can be
// looked up as slices of it.
//
// A text is changed by the normalizers, cut into pieces by the pre-tokenizers, and each piece goes
// to the model, which is one of three.
//
// Merging. Of all neighbouring pieces of a word whose joined bytes are a token with kTokenJoined,
// join the pair of least (rank of the result, id of the left piece, position), until there is none.
// The compiler has checked that this gives what the model's own list of merges gives.
//
// Unigram. Of all ways to write a piece as tokens with kTokenWhole, the one whose scores add up to
// the most; a character that no token covers costs the least score of all, less 10.
//
// Words. The longest token with kTokenWhole that the piece starts with, then the longest that
// continues it (kTokenContinues), and so on; the unknown token where that ends nowhere.
#pragma once

#include <cstdint>

namespace runtime::formats {

inline constexpr std::uint32_t kTokenizerMagic = 0x4b54'4c57U;  // "WLTK"
inline constexpr std::uint32_t kTokenizerVersion = 2;
inline constexpr std::uint32_t kTokenizerAlignment = 8;
inline constexpr std::uint32_t kMaxTokens = 1U << 22;
inline constexpr std::uint32_t kMaxTokenBytes = 0xffff;
inline constexpr std::uint32_t kNoToken = 0xffff'ffffU;

struct TokenizerHeader {
  std::uint32_t magic = kTokenizerMagic;
  std::uint32_t version = kTokenizerVersion;
  std::uint32_t file_bytes = 0;
  std::uint32_t sections = 0;
};

enum class TokenizerSection : std::uint32_t {
  settings = 1,         // one TokenizerSettings
  token_lengths = 2,    // u16[tokens]
  token_bytes = 3,      // u8[sum of the lengths], by id
  token_flags = 4,      // u8[tokens], kToken...
  token_ranks = 5,      // u32[tokens]: (rank - id) modulo 2^32, which is often all zeros
  byte_tokens = 6,      // u32[256]: the token of a byte that nothing else covers; absent: none
  added_tokens = 7,     // AddedTokenEntry[], of each pass sorted by text
  prefix_ids = 8,       // u32[]: put before a text
  suffix_ids = 9,       // u32[]: put after a text
  pre_tokenizers = 10,  // stages that cut text (pre_tokenizer_bin.h); absent: none
  normalizers = 11,     // steps that change text (normalizer_bin.h); absent: none
  token_scores = 12,    // f32[tokens], where the model is unigram
  added_texts = 13,     // text of the entries with kAddedOtherText
  word_characters = 14  // PointTable (normalizer_bin.h) of u8, 1: letters, digits and their like
};

struct TokenizerSectionEntry {
  std::uint32_t kind = 0;
  std::uint32_t offset = 0;  // from the start of the file
  std::uint32_t bytes = 0;
};

enum class TokenizerModel : std::uint32_t { merges = 0, unigram = 1, words = 2 };

// When a space is put before a text (each segment between added tokens is one).
enum class LeadingSpace : std::uint32_t {
  never = 0,
  always = 1,           // before each segment, as the last of the normalizers
  unless_present = 2,   // before each segment that does not start with one
  first_unless_present  // only before the first segment, if it does not start with one
};

struct TokenizerSettings {
  std::uint32_t tokens = 0;
  std::uint32_t unknown_token = kNoToken;  // of a character that nothing covers
  std::uint32_t flags = 0;                 // kText...
  LeadingSpace leading_space = LeadingSpace::never;
  std::uint32_t strip_leading_spaces = 0;  // when decoding: at most so many, at the very start
  TokenizerModel model = TokenizerModel::merges;
  std::uint32_t longest_word = 0;  // in characters; a longer one is unknown (words only)
};

// The smallest pieces are bytes; without it they are characters.
inline constexpr std::uint32_t kTextBytes = 1U << 0;
// U+2581 in a text is read as a space.
inline constexpr std::uint32_t kTextSpaceMark = 1U << 1;
// Neighbouring characters that nothing covers give one unknown token.
inline constexpr std::uint32_t kTextFuseUnknown = 1U << 2;
// When decoding, a space goes before each token but the first, unless it has one of the flags
// kTokenContinues and kTokenCloses.
inline constexpr std::uint32_t kTextSpaceBetween = 1U << 3;

inline constexpr std::uint8_t kTokenSymbol = 1U << 0;  // may be a smallest piece
inline constexpr std::uint8_t kTokenJoined = 1U << 1;  // may come from joining two pieces
inline constexpr std::uint8_t kTokenWhole = 1U << 2;   // merging its bytes gives this token
inline constexpr std::uint8_t kTokenPiece = 1U << 3;   // a whole piece with its bytes is this token
inline constexpr std::uint8_t kTokenControl = 1U << 4;    // not text: skipped when decoding
inline constexpr std::uint8_t kTokenAbsent = 1U << 5;     // no such token: never sampled
inline constexpr std::uint8_t kTokenContinues = 1U << 6;  // a word that has begun: ##ing
inline constexpr std::uint8_t kTokenCloses = 1U << 7;     // no space goes before it: a full stop
inline constexpr std::uint8_t kTokenMatched =
    kTokenSymbol | kTokenJoined | kTokenWhole | kTokenPiece;

struct AddedTokenEntry {
  std::uint32_t id = 0;
  std::uint32_t flags = 0;   // kAdded...
  std::uint32_t offset = 0;  // with kAddedOtherText: of its text in added_texts
  std::uint32_t bytes = 0;
};

inline constexpr std::uint32_t kAddedSpecial = 1U << 0;     // found only where the caller asks
inline constexpr std::uint32_t kAddedStripLeft = 1U << 1;   // takes white space before it
inline constexpr std::uint32_t kAddedStripRight = 1U << 2;  // takes white space after it
inline constexpr std::uint32_t kAddedSecondPass = 1U << 3;  // looked for in normalized text
inline constexpr std::uint32_t kAddedSingleWord = 1U << 4;  // no letter or digit touches it
inline constexpr std::uint32_t kAddedOtherText = 1U << 5;   // found by a text that is not its bytes

}  // namespace runtime::formats
