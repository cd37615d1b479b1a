// SPDX-License-Identifier: Apache-2.0
#include "compiler/text_codec.h"

#include <algorithm>

#include "codegen/tokenizer/tokenizer_writer.h"
#include "frontends/tokenizer/tokenizer.h"
#include "ir/support/check.h"
#include "runtime/host/detokenizer.h"

namespace compiler {

ir::Result<std::optional<std::vector<std::byte>>> compile_tokenizer(
    const std::filesystem::path& model_dir,
    const std::function<void(const ir::Diagnostic&)>& on_missing) {
  auto description = frontends::read_tokenizer(model_dir);
  if (!description && description.error().kind == ir::DiagnosticKind::tokenizer_missing) {
    if (on_missing) on_missing(description.error());
    return std::optional<std::vector<std::byte>>();
  }
  if (!description) return std::move(description).error();
  TRY(std::vector<std::byte> bytes, codegen::tokenizer::write_tokenizer(*description));
  return std::optional(std::move(bytes));
}

ir::Result<std::optional<TextCodec>> TextCodec::of_model(const std::filesystem::path& model_dir) {
  TRY(auto compiled, compile_tokenizer(model_dir));
  if (!compiled) return std::optional<TextCodec>();
  std::vector<std::byte> bytes = *std::move(compiled);
  runtime::host::TokenizerFault fault;
  auto tokenizer = runtime::host::Tokenizer::open(bytes, fault);
  CHECK(tokenizer, "a tokenizer that was just compiled does not open");
  return std::optional(TextCodec(std::move(bytes), *std::move(tokenizer)));
}

std::vector<std::uint32_t> TextCodec::encode(std::string_view text) const {
  return tokenizer_.encode(text,
                           {.add_special = true, .parse_special = true, .special_once = true});
}

std::string TextCodec::continuation(std::span<const std::uint32_t> prompt,
                                    std::span<const std::uint32_t> ids) const {
  const bool at_start = std::all_of(prompt.begin(), prompt.end(),
                                    [&](std::uint32_t id) { return tokenizer_.is_control(id); });
  runtime::host::Detokenizer stream(tokenizer_, {.at_start = at_start});
  std::string text;
  for (const std::uint32_t id : ids) stream.push(id, text);
  stream.flush(text);
  return text;
}

}  // namespace compiler
