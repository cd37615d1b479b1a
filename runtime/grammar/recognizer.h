// SPDX-License-Identifier: Apache-2.0
// Recognizer: follows a text through a grammar byte by byte, all readings of it at once, and can
// step back. It knows nothing of tokens; masks are made by walking a trie of tokens with it.
//
//   Recognizer r(grammar);
//   r.advance("{\"a\": 1");   // true: some text of the grammar begins so
//   r.is_complete();          // false
//   r.advance("}");           // true
//   r.is_complete();          // true
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/grammar/grammar.h"

namespace runtime::grammar {

class Recognizer {
 public:
  explicit Recognizer(Grammar& grammar);
  ~Recognizer();

  // False, and nothing changes, where no text of the grammar continues so.
  bool advance(std::uint8_t byte);
  // False, and nothing changes, where no text of the grammar continues with `text`.
  bool advance(std::string_view text);
  // Whether the text so far is one of the grammar's.
  bool is_complete() const;
  // Takes the last `bytes` bytes back.
  void retreat(std::size_t bytes);
  // The text so far.
  std::string_view text() const;

 private:
  struct Chart;
  std::unique_ptr<Chart> chart_;
};

}  // namespace runtime::grammar
