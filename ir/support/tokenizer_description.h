// SPDX-License-Identifier: Apache-2.0
// TokenizerDescription: what a tokenizer file says, as a plain value. frontends/tokenizer fills it
// from tokenizer.json or tokenizer.model; codegen/tokenizer compiles it into tokenizer.bin and
// refuses, by name, what it cannot compile.
//
// Text runs through these stages, in Hugging Face's terms, the example being Llama 2:
//
//   "Hi you"  --added tokens-->  segments between control tokens such as <s>
//             --normalizers-->   "▁Hi▁you"                (PrependText, ReplaceText)
//             --pre-tokenizers-> one piece                (none here)
//             --model-->         "▁Hi" "▁you"             (byte pair encoding)
//             --template-->      1 6324 366               (prefix_ids = {1})
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ir {

enum class PieceKind : std::uint8_t {
  normal,        // text
  byte,          // one byte that no other piece covers, spelled <0x0A>
  unknown,       // stands for what nothing covers
  control,       // never text: <s>
  user_defined,  // always one token where its text occurs
  absent,        // an id that the files leave out
};

// One entry of the vocabulary; its id is its index.
struct Piece {
  std::string text;  // UTF-8, as spelled in the file: "▁the", "Ġthe", "<0x0A>"
  PieceKind kind = PieceKind::normal;
};

// Two pieces that join into the piece whose text is theirs, joined.
struct Merge {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
};

// A token found in the text before anything else happens to it.
struct AddedToken {
  std::uint32_t id = 0;
  std::string text;
  bool special = false;      // a control token: found only where the caller asks, never shown
  bool normalized = false;   // looked for after the normalizers
  bool strip_left = false;   // takes the white space before it
  bool strip_right = false;  // takes the white space after it
  bool single_word = false;  // only where no letter or digit touches it
};

struct PrependText {
  std::string text;
};
struct ReplaceText {
  std::string from, to;
};
struct ReplacePattern {
  std::string pattern;
  std::string to;
};
// Unicode's normalization forms.
enum class UnicodeForm : std::uint8_t { nfc, nfd, nfkc, nfkd };
struct Lowercase {};
struct StripAccents {};  // drops non-spacing marks
struct StripSpace {      // white space at the ends of the text
  bool left = true;
  bool right = true;
};
// The character map of a SentencePiece model: u32 bytes of the trie, the trie, texts.
struct CharacterMap {
  std::string bytes;
};
struct NmtText {};  // drops control characters; odd spaces become spaces
struct BertText {
  bool clean = true;        // drops control characters; white space becomes spaces
  bool pad_chinese = true;  // puts spaces around ideographs
  bool strip_accents = true;
  bool lowercase = true;
};
using Normalizer = std::variant<PrependText, ReplaceText, ReplacePattern, UnicodeForm, Lowercase,
                                StripAccents, StripSpace, CharacterMap, NmtText, BertText>;

// Space becomes `mark`, and a mark is put before the text.
struct Metaspace {
  enum class Prepend : std::uint8_t { never, first, always };
  std::string mark = "\xE2\x96\x81";
  Prepend prepend = Prepend::always;
  bool split = true;
};
// Bytes become printable characters (GPT-2's table), after the text was cut by GPT-2's pattern.
struct ByteLevel {
  bool add_prefix_space = false;
  bool use_regex = true;
};
// Cuts at the matches of a pattern; what becomes of them is the behavior.
struct SplitPattern {
  enum class Behavior : std::uint8_t {
    isolated,
    removed,
    merged_with_previous,
    merged_with_next,
    contiguous  // matches in a row are one piece
  };
  std::string pattern;
  bool literal = false;  // the pattern is text, not a regular expression
  Behavior behavior = Behavior::isolated;
  bool invert = false;  // what the pattern does not match counts as match
};
using PreTokenizer = std::variant<Metaspace, ByteLevel, SplitPattern>;

struct ByteFallback {};
struct Fuse {};
struct Strip {
  std::string text = " ";
  std::uint32_t start = 0;  // at most so many from the start
  std::uint32_t stop = 0;   // at most so many from the end
};
struct WordDecoder {          // a space between words
  std::string prefix = "##";  // of a piece that continues a word
  bool cleanup = true;        // no space before punctuation
};
using TokenDecoder =
    std::variant<ReplaceText, ByteFallback, Fuse, Strip, ByteLevel, Metaspace, WordDecoder>;

enum class TokenizerModel : std::uint8_t {
  merges,   // byte pair encoding
  unigram,  // the tokens of the highest scores
  words     // the longest token of a word, then the longest that continues it (WordPiece)
};

struct TokenizerDescription {
  std::string path;  // the file it came from, for diagnostics

  TokenizerModel model = TokenizerModel::merges;
  std::vector<Piece> pieces;
  std::vector<Merge> merges;         // the earlier, the stronger
  std::vector<float> scores;         // of each piece, if the model is unigram
  std::string continuing_prefix;     // of pieces that continue a word: "##"
  std::uint32_t longest_word = 100;  // in characters; longer words are unknown
  bool byte_fallback = false;
  bool fuse_unknown = false;        // neighbouring unknown characters give one token
  bool whole_pieces_first = false;  // a piece that is a token is not merged (ignore_merges)
  std::optional<std::uint32_t> unknown_id;

  std::vector<AddedToken> added_tokens;
  std::vector<Normalizer> normalizers;
  std::vector<PreTokenizer> pre_tokenizers;
  std::vector<std::uint32_t> prefix_ids;  // put before a text: the BOS token
  std::vector<std::uint32_t> suffix_ids;  // put after a text
  std::vector<TokenDecoder> decoders;
};

}  // namespace ir
