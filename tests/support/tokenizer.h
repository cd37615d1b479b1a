// SPDX-License-Identifier: Apache-2.0
// A tokenizer of the test data, compiled and opened.
//
//   const auto tokenizer = tests::compile_tokenizer(*folder);
//   tokenizer->host().encode("Hi");
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "codegen/tokenizer/tokenizer_writer.h"
#include "frontends/tokenizer/tokenizer.h"
#include "runtime/host/tokenizer.h"

namespace tests {

class CompiledTokenizer {
 public:
  explicit CompiledTokenizer(std::vector<std::byte> file) : file_(std::move(file)) {
    runtime::host::TokenizerFault fault{};
    host_ = runtime::host::Tokenizer::open(file_, fault);
    EXPECT_TRUE(host_) << "fault " << static_cast<int>(fault);
  }
  CompiledTokenizer(const CompiledTokenizer&) = delete;
  CompiledTokenizer& operator=(const CompiledTokenizer&) = delete;

  const runtime::host::Tokenizer& host() const { return *host_; }
  const std::vector<std::byte>& file() const { return file_; }

 private:
  std::vector<std::byte> file_;
  std::optional<runtime::host::Tokenizer> host_;
};

// Null, and the running test failed, if the description cannot be compiled.
inline std::unique_ptr<CompiledTokenizer> compile_tokenizer(
    const ir::Result<ir::TokenizerDescription>& description) {
  if (!description) {
    ADD_FAILURE() << ir::to_string(description.error());
    return nullptr;
  }
  auto file = codegen::tokenizer::write_tokenizer(*description);
  if (!file) {
    ADD_FAILURE() << ir::to_string(file.error());
    return nullptr;
  }
  return std::make_unique<CompiledTokenizer>(*std::move(file));
}

inline std::unique_ptr<CompiledTokenizer> compile_tokenizer(const std::filesystem::path& folder) {
  return compile_tokenizer(frontends::read_tokenizer(folder));
}

}  // namespace tests
