// SPDX-License-Identifier: Apache-2.0
// SmallVocabulary: a vocabulary for tests that knows its texts. The last id ends an answer; the one
// before it stands for no text.
//
//   const SmallVocabulary tokens({"a", "b", "ab"});
//   const TokenIndex index = tokens.index();      // ids 0, 1, 2; tokens.end() is 4
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/grammar/list.h"
#include "runtime/grammar/token_index.h"

namespace tests {

class SmallVocabulary {
 public:
  explicit SmallVocabulary(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  runtime::grammar::TokenIndex index() const {
    runtime::grammar::List<runtime::grammar::TokenText> tokens;
    for (std::uint32_t id = 0; id < texts_.size(); ++id) tokens.push_back({texts_[id], id});
    return {tokens, size(), {end()}};
  }
  const std::vector<std::string>& texts() const { return texts_; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(texts_.size()) + 2; }
  std::uint32_t end() const { return size() - 1; }

 private:
  std::vector<std::string> texts_;
};

// Whether a mask allows a token.
inline bool has(const std::vector<std::uint32_t>& words, std::uint32_t id) {
  return (words[id / 32] >> id % 32 & 1U) != 0;
}

}  // namespace tests
