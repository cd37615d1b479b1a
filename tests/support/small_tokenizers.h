// SPDX-License-Identifier: Apache-2.0
// Tokenizers small enough to read, one of each kind, that need no test data.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ir/support/tokenizer_description.h"

namespace tests {

inline std::uint32_t add_piece(ir::TokenizerDescription& tokenizer, std::string text,
                               ir::PieceKind kind = ir::PieceKind::normal) {
  tokenizer.pieces.push_back({std::move(text), kind});
  return static_cast<std::uint32_t>(tokenizer.pieces.size() - 1);
}

inline void add_control(ir::TokenizerDescription& tokenizer, const std::string& text) {
  const std::uint32_t id = add_piece(tokenizer, text, ir::PieceKind::control);
  tokenizer.added_tokens.push_back({.id = id, .text = text, .special = true});
}

// Adds the merge of two pieces that are there, and the piece that it gives.
inline void add_merge(ir::TokenizerDescription& tokenizer, std::string_view left,
                      std::string_view right) {
  const auto id_of = [&](std::string_view text) {
    for (std::uint32_t id = 0; id < tokenizer.pieces.size(); ++id)
      if (tokenizer.pieces[id].text == text) return id;
    return std::uint32_t{0};
  };
  const std::string joined = std::string(left) + std::string(right);
  if (id_of(joined) == 0) add_piece(tokenizer, joined);
  tokenizer.merges.push_back({id_of(left), id_of(right)});
}

// Like Llama 2: ids 0 <unk>, 1 <s>, 2 </s>, 3..258 the bytes, then characters and merges.
inline ir::TokenizerDescription small_marked_tokenizer() {
  const std::string mark = "\xE2\x96\x81";
  ir::TokenizerDescription tokenizer{.path = "small/tokenizer.json"};
  tokenizer.byte_fallback = true;
  tokenizer.fuse_unknown = true;
  tokenizer.unknown_id = add_piece(tokenizer, "<unk>", ir::PieceKind::unknown);
  add_control(tokenizer, "<s>");
  add_control(tokenizer, "</s>");
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t byte = 0; byte < 256; ++byte)
    add_piece(tokenizer, std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">",
              ir::PieceKind::byte);
  for (const std::string_view character : {"\xE2\x96\x81", "h", "e", "l", "o", "w", "r", "d", "a"})
    add_piece(tokenizer, std::string(character));
  for (const auto& [left, right] : std::vector<std::pair<std::string, std::string>>{{"l", "l"},
                                                                                    {"h", "e"},
                                                                                    {mark, "w"},
                                                                                    {"he", "ll"},
                                                                                    {"hell", "o"},
                                                                                    {mark, "hello"},
                                                                                    {"a", "a"},
                                                                                    {"aa", "aa"}})
    add_merge(tokenizer, left, right);
  tokenizer.prefix_ids = {1};
  tokenizer.normalizers = {ir::PrependText{mark}, ir::ReplaceText{" ", mark}};
  tokenizer.decoders = {ir::ReplaceText{mark, " "}, ir::ByteFallback{}, ir::Fuse{},
                        ir::Strip{.start = 1}};
  return tokenizer;
}

// Like SmolLM: ids 0..255 the bytes in GPT-2's spelling, then merges, then <|end|>.
inline ir::TokenizerDescription small_byte_tokenizer() {
  ir::TokenizerDescription tokenizer{.path = "small/tokenizer.json"};
  const auto spelled = [](std::uint32_t point) {
    if (point < 0x80) return std::string(1, static_cast<char>(point));
    return std::string{static_cast<char>(0xc0 | point >> 6),
                       static_cast<char>(0x80 | (point & 63))};
  };
  std::uint32_t next = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    const bool printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
    add_piece(tokenizer, spelled(printable ? byte : next++));
  }
  for (const auto& [left, right] : std::vector<std::pair<std::string, std::string>>{
           {"l", "l"}, {"h", "e"}, {"he", "ll"}, {"\xC4\xA0", "hell"}, {"a", "a"}, {"aa", "aa"}})
    add_merge(tokenizer, left, right);
  add_control(tokenizer, "<|end|>");
  tokenizer.pre_tokenizers.emplace_back(ir::SplitPattern{.pattern = R"(\p{N})"});
  tokenizer.pre_tokenizers.emplace_back(ir::ByteLevel{});
  tokenizer.decoders.emplace_back(ir::ByteLevel{});
  return tokenizer;
}

// Like BERT, uncased: ids 0 [UNK], 1 [CLS], 2 [SEP], then words and what continues them.
inline ir::TokenizerDescription small_word_tokenizer() {
  ir::TokenizerDescription tokenizer{.path = "small/tokenizer.json",
                                     .model = ir::TokenizerModel::words,
                                     .continuing_prefix = "##",
                                     .longest_word = 20};
  tokenizer.unknown_id = add_piece(tokenizer, "[UNK]", ir::PieceKind::unknown);
  add_control(tokenizer, "[CLS]");
  add_control(tokenizer, "[SEP]");
  for (const char* text : {"a", "play", "##ing", "##a", "un", "##play", ".", "?", "\xE4\xBD\xA0"})
    add_piece(tokenizer, text);
  tokenizer.prefix_ids = {1};
  tokenizer.suffix_ids = {2};
  tokenizer.normalizers.emplace_back(ir::BertText{});
  tokenizer.pre_tokenizers.emplace_back(
      ir::SplitPattern{.pattern = "\\s", .behavior = ir::SplitPattern::Behavior::removed});
  tokenizer.pre_tokenizers.emplace_back(ir::SplitPattern{.pattern = "\\p{P}"});
  tokenizer.decoders.emplace_back(ir::WordDecoder{});
  return tokenizer;
}

// Like T5: ids 0 <unk>, 1 </s>, then pieces with scores.
inline ir::TokenizerDescription small_unigram_tokenizer() {
  const std::string mark = "\xE2\x96\x81";
  ir::TokenizerDescription tokenizer{
      .path = "small/tokenizer.json", .model = ir::TokenizerModel::unigram, .fuse_unknown = true};
  tokenizer.unknown_id = add_piece(tokenizer, "<unk>", ir::PieceKind::unknown);
  add_control(tokenizer, "</s>");
  tokenizer.scores = {0, 0};
  for (const auto& [text, score] : std::vector<std::pair<std::string, float>>{
           {mark, -2}, {"a", -3}, {"b", -3}, {"ab", -4}, {mark + "a", -3.5F}, {"bab", -5}}) {
    add_piece(tokenizer, text);
    tokenizer.scores.push_back(score);
  }
  tokenizer.suffix_ids = {1};
  tokenizer.normalizers = {ir::UnicodeForm::nfkc, ir::StripSpace{.left = false},
                           ir::ReplacePattern{.pattern = " {2,}", .to = " "}};
  tokenizer.pre_tokenizers.emplace_back(ir::Metaspace{});
  tokenizer.decoders.emplace_back(ir::Metaspace{});
  return tokenizer;
}

}  // namespace tests
