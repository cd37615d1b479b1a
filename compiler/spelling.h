// SPDX-License-Identifier: Apache-2.0
// nearest("--quantisation", {"--quantization", "--json"}) = "--quantization"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace compiler {

// The candidate with the smallest edit distance from `word`; empty if that is more than a third of
// the word.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace compiler
