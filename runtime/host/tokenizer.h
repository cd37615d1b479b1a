// SPDX-License-Identifier: Apache-2.0
// The tokenizer of a bundle: text to token ids, and ids to bytes.
//
//   TokenizerFault fault;
//   const auto tokenizer = Tokenizer::open(bytes_of_tokenizer_bin, fault);
//   tokenizer->encode("Hi you");          // 1 6324 366
//   tokenizer->decode({6324, 366});       // "Hi you"
//
// For a stream of ids there is Detokenizer (detokenizer.h), which decode uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/added_tokens.h"
#include "runtime/host/normalizer.h"
#include "runtime/host/pair_merger.h"
#include "runtime/host/pre_tokenizer.h"
#include "runtime/host/prefix_tree.h"
#include "runtime/host/sentinel.h"
#include "runtime/host/tokenizer_file.h"
#include "runtime/host/unigram.h"
#include "runtime/host/vocabulary.h"

namespace runtime::host {

struct EncodeOptions {
  bool add_special = true;     // the tokens that the model wants around a text: BOS
  bool parse_special = false;  // "<s>" in the text is the control token, not three characters
  bool guarded = false;        // the text holds sentinels (sentinel.h)
  // A text that begins with those tokens, as a chat template writes it, does not get them again.
  bool special_once = false;
};

class Tokenizer {
 public:
  // `bytes` must outlive the tokenizer.
  static std::optional<Tokenizer> open(std::span<const std::byte> bytes, TokenizerFault& fault);

  std::uint32_t size() const { return vocabulary_->size(); }

  // Memory that calls for one tokenizer reuse. What it keeps of them makes later ones faster.
  struct Scratch {
    Normalizer::Scratch normalizer;
    std::string pieces;  // as it goes to the pre-tokenizer
    PairMerger::Scratch merger;
    Unigram::Scratch unigram;
  };

  // `text` should be UTF-8; bytes that are not still have tokens.
  std::vector<std::uint32_t> encode(std::string_view text, EncodeOptions options = {}) const;
  // The same with memory of the caller's, and into `ids`, which it empties first.
  void encode(std::string_view text, EncodeOptions options, Scratch& scratch,
              std::vector<std::uint32_t>& ids) const;

  // What the token stands for in text; nothing for an id outside the vocabulary.
  std::string_view token_bytes(std::uint32_t id) const;
  bool is_control(std::uint32_t id) const;   // never text: <s>
  bool is_absent(std::uint32_t id) const;    // ids that no token has: never sampled
  bool takes_space(std::uint32_t id) const;  // from what comes before it, when decoding

  // `text` for a place in a prompt where special tokens are not to be found (sentinel.h).
  std::string guard(std::string_view text) const {
    return runtime::host::guard(added_tokens_, text);
  }

  // The first token of `text` if that is one added token: the id of "</s>".
  std::optional<std::uint32_t> added_token(std::string_view text) const;

  // UTF-8 text; bytes that are not UTF-8 become U+FFFD. Control tokens are left out.
  std::string decode(std::span<const std::uint32_t> ids) const;

  const formats::TokenizerSettings& settings() const { return file_.settings(); }

 private:
  explicit Tokenizer(const TokenizerFile& file);

  TokenizerFault open_parts();
  // Calls `between(text, at_start)` for what lies between added tokens.
  template <class Between>
  void cut_at_added(std::string_view text, AddedTokens::Pass pass, bool at_start,
                    const EncodeOptions& options, std::vector<std::uint32_t>& out,
                    Between&& between) const;
  void encode_text(std::string_view text, bool at_start, const EncodeOptions& options,
                   Scratch& scratch, std::vector<std::uint32_t>& out) const;

  TokenizerFile file_;
  std::unique_ptr<const Vocabulary> vocabulary_;  // at one address, also when this is moved
  AddedTokens added_tokens_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  std::optional<PrefixTree> prefix_tree_;  // of the models that need it
  Unigram unigram_;
};

}  // namespace runtime::host
