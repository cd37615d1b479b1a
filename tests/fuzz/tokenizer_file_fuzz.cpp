// SPDX-License-Identifier: Apache-2.0
// A tokenizer.json or tokenizer.model from a stranger: read, compiled, opened and used. Seeds:
// build/data/models/stories260K-hf/tokenizer.json build/data/models/stories260K-hf/tokenizer.model
// build/data/tokenizers/added-tokens-fixture/tokenizer.json
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codegen/tokenizer/tokenizer_writer.h"
#include "frontends/tokenizer/sentencepiece.h"
#include "frontends/tokenizer/tokenizer_json.h"
#include "ir/support/check.h"
#include "runtime/host/tokenizer.h"

namespace {

void compile_and_use(const ir::Result<ir::TokenizerDescription>& description) {
  if (!description) {
    CHECK(!description.error().message.empty(), "a mute refusal");
    return;
  }
  const auto file = codegen::tokenizer::write_tokenizer(*description);
  if (!file) {
    CHECK(!file.error().message.empty(), "a mute refusal");
    return;
  }
  runtime::host::TokenizerFault fault{};
  const auto tokenizer = runtime::host::Tokenizer::open(*file, fault);
  CHECK(tokenizer, "a tokenizer that was just compiled does not open: {}", static_cast<int>(fault));
  for (const ir::Piece& piece : description->pieces) {
    const auto ids = tokenizer->encode(piece.text + " " + piece.text, {.parse_special = true});
    for (const std::uint32_t id : ids) CHECK(id < tokenizer->size(), "an id of no token");
    (void)tokenizer->decode(ids);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (text.starts_with('{')) {
    const auto file = frontends::JsonFile::parse(text, "fuzz/tokenizer.json");
    if (file) compile_and_use(frontends::read_tokenizer_json(*file));
  } else {
    compile_and_use(frontends::read_sentencepiece(text, "fuzz/tokenizer.model"));
  }
  return 0;
}
