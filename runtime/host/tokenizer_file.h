// SPDX-License-Identifier: Apache-2.0
// A view over the bytes of tokenizer.bin, every offset of which has been checked: no function of it
// reads outside the bytes, whatever they hold.
//
//   TokenizerFault fault;
//   const auto file = TokenizerFile::open(bytes, fault);
//   if (!file) report(fault);
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "runtime/formats/tokenizer_bin.h"

namespace runtime::host {

enum class TokenizerFault : std::int32_t {
  none = 0,
  not_a_tokenizer = -1,    // the magic number is another
  other_version = -2,      // written by an older or newer compiler
  truncated = -3,          // shorter than its header says
  bad_section = -4,        // a section lies outside the file, is missing, or has the wrong size
  bad_vocabulary = -5,     // lengths and bytes of the tokens disagree
  bad_token = -6,          // a token id is out of range
  bad_pre_tokenizer = -7,  // a table leads outside itself
  bad_normalizer = -8      // the same
};

// A list of T at any alignment.
template <class T>
class PackedList {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  PackedList() = default;
  explicit PackedList(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size() / sizeof(T); }
  T operator[](std::size_t index) const {
    T value;
    std::memcpy(&value, bytes_.data() + index * sizeof(T), sizeof(T));
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

class TokenizerFile {
 public:
  // `bytes` must outlive the view.
  static std::optional<TokenizerFile> open(std::span<const std::byte> bytes, TokenizerFault& fault);

  const formats::TokenizerSettings& settings() const { return settings_; }
  PackedList<std::uint16_t> token_lengths() const { return lengths_; }  // settings().tokens of each
  std::string_view token_bytes() const { return token_bytes_; }  // as long as the lengths together
  PackedList<std::uint8_t> token_flags() const { return flags_; }
  PackedList<std::uint32_t> token_ranks() const { return ranks_; }
  PackedList<std::uint32_t> byte_tokens() const { return byte_tokens_; }  // 256, or none
  PackedList<formats::AddedTokenEntry> added_tokens() const { return added_tokens_; }
  PackedList<std::uint32_t> prefix_ids() const { return prefix_ids_; }
  PackedList<std::uint32_t> suffix_ids() const { return suffix_ids_; }
  std::span<const std::byte> pre_tokenizers() const { return pre_tokenizers_; }
  std::span<const std::byte> normalizers() const { return normalizers_; }
  PackedList<float> token_scores() const { return scores_; }  // as many as tokens, or none
  std::string_view added_texts() const { return added_texts_; }
  std::span<const std::byte> word_characters() const { return word_characters_; }

 private:
  TokenizerFault find_sections(std::span<const std::byte> bytes);
  TokenizerFault check_ids() const;

  formats::TokenizerSettings settings_;
  PackedList<std::uint16_t> lengths_;
  std::string_view token_bytes_;
  PackedList<std::uint8_t> flags_;
  PackedList<std::uint32_t> ranks_;
  PackedList<std::uint32_t> byte_tokens_;
  PackedList<formats::AddedTokenEntry> added_tokens_;
  PackedList<std::uint32_t> prefix_ids_;
  PackedList<std::uint32_t> suffix_ids_;
  std::span<const std::byte> pre_tokenizers_;
  std::span<const std::byte> normalizers_;
  PackedList<float> scores_;
  std::string_view added_texts_;
  std::span<const std::byte> word_characters_;
};

}  // namespace runtime::host
