// SPDX-License-Identifier: Apache-2.0
// The tokenizers of real models in the test data, whatever kind of file they lie in.
//
//   const auto tokenizer = tests::real_tokenizer("falcon");
//   if (!tokenizer) return;      // no test data: the test was skipped
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tests/support/tokenizer.h"

namespace tests {

// Null, and the running test skipped or failed, if it is not there or cannot be compiled.
std::unique_ptr<CompiledTokenizer> real_tokenizer(std::string_view name);

// All of them, by name.
std::vector<std::string_view> real_tokenizer_names();

}  // namespace tests
