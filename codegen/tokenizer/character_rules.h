// SPDX-License-Identifier: Apache-2.0
// Collects what characters, or runs of them, become, and writes the table of a step `map`
// (runtime/formats/normalizer_bin.h).
//
//   CharacterRules rules;
//   rules.add(U'A', "a");
//   rules.add("``", "\"");
//   const std::vector<std::byte> table = rules.table();
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "codegen/tokenizer/code_point_set.h"

namespace codegen::tokenizer {

class CharacterRules {
 public:
  // Later rules for the same key are ignored. `key` is not empty.
  void add(std::string_view key, std::string text);
  void add(char32_t key, std::string text);
  void add(const CodePointSet& keys, const std::string& text);
  // To each character what Unicode says (unicode_mappings.h).
  void add_lowercase();

  bool empty() const { return rules_.empty(); }
  std::vector<std::byte> table() const;

 private:
  // From the first character to the rest of the key and its text.
  std::map<char32_t, std::map<std::string, std::string>> rules_;
};

}  // namespace codegen::tokenizer
