// SPDX-License-Identifier: Apache-2.0
// Text from a stream of token ids, as soon as it is certain. What it emits is always whole UTF-8
// characters; bytes that begin a character wait (at most three) for the token that ends it.
//
//   detokenizer.push(6324, text);   // "Hi"      the space before the first word is not text
//   detokenizer.push(243, text);    // nothing   first byte of a character
//   detokenizer.push(162, text);    // "ð"
//   detokenizer.flush(text);        // U+FFFD, if a character was left unfinished
#pragma once

#include <cstdint>
#include <string>

#include "runtime/host/tokenizer.h"

namespace runtime::host {

struct DetokenizerOptions {
  bool skip_control = true;  // <s> and its like are not text
  bool at_start = true;      // false: the stream goes on after text, so that its space counts
};

class Detokenizer {
 public:
  // `tokenizer` must outlive the detokenizer.
  explicit Detokenizer(const Tokenizer& tokenizer, DetokenizerOptions options = {})
      : tokenizer_(&tokenizer),
        options_(options),
        first_(options.at_start),
        spaces_to_strip_(options.at_start ? tokenizer.settings().strip_leading_spaces : 0) {}

  // Appends to `text` what `id` makes certain.
  void push(std::uint32_t id, std::string& text);

  // The stream has ended: an unfinished character becomes U+FFFD.
  void flush(std::string& text);

 private:
  void emit_certain(std::string& text);

  const Tokenizer* tokenizer_;
  DetokenizerOptions options_;
  bool first_;  // no token has come yet
  std::uint32_t spaces_to_strip_;
  std::string pending_;
};

}  // namespace runtime::host
