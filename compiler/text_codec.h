// SPDX-License-Identifier: Apache-2.0
// TextCodec: a model folder's tokenizer, compiled as a bundle carries it and run by the runtime's
// own code: what `eval` writes is what a browser would.
//
//   TRY(std::optional<TextCodec> codec, TextCodec::of_model(folder.path));   // none: ids only
//   codec->encode("Hi");          // 1 6324
//   codec->continuation(prompt_ids, ids);
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/support/result.h"
#include "runtime/host/tokenizer.h"

namespace compiler {

// tokenizer.bin of a model folder; nullopt when the folder has none, after `on_missing` was called
// with what there is to say about it. Errors: those of reading and compiling a tokenizer.
ir::Result<std::optional<std::vector<std::byte>>> compile_tokenizer(
    const std::filesystem::path& model_dir,
    const std::function<void(const ir::Diagnostic&)>& on_missing = {});

class TextCodec {
 public:
  // nullopt when the folder has no tokenizer. Errors: those of compile_tokenizer.
  static ir::Result<std::optional<TextCodec>> of_model(const std::filesystem::path& model_dir);

  std::uint32_t size() const { return tokenizer_.size(); }
  // With the tokens that the model wants around a text; the text may spell control tokens.
  std::vector<std::uint32_t> encode(std::string_view text) const;
  // The text that `ids` add after `prompt`.
  std::string continuation(std::span<const std::uint32_t> prompt,
                           std::span<const std::uint32_t> ids) const;

 private:
  TextCodec(std::vector<std::byte> bytes, runtime::host::Tokenizer tokenizer)
      : bytes_(std::move(bytes)), tokenizer_(std::move(tokenizer)) {}

  std::vector<std::byte> bytes_;  // the tokenizer points into them, also after a move
  runtime::host::Tokenizer tokenizer_;
};

}  // namespace compiler
