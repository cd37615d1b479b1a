// SPDX-License-Identifier: Apache-2.0
#include "frontends/tokenizer/tokenizer.h"

#include <system_error>

#include "frontends/tokenizer/sentencepiece.h"
#include "frontends/tokenizer/tokenizer_json.h"

namespace frontends {

ir::Result<ir::TokenizerDescription> read_tokenizer(const std::filesystem::path& model_dir) {
  std::error_code ignored;
  const auto json = model_dir / "tokenizer.json";
  if (std::filesystem::exists(json, ignored)) return read_tokenizer_json(json);
  for (const char* name : {"tokenizer.model", "tiktoken.model", "qwen.tiktoken"}) {
    const auto model = model_dir / name;
    if (std::filesystem::exists(model, ignored)) return read_sentencepiece(model);
  }
  return ir::Diagnostic{
      .kind = ir::DiagnosticKind::tokenizer_missing,
      .message = "the folder has neither tokenizer.json nor tokenizer.model",
      .where = {model_dir.string()},
      .help =
          "download one of them beside the weights; without it the bundle knows token ids only"};
}

}  // namespace frontends
