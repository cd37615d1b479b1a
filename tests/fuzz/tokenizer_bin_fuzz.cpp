// SPDX-License-Identifier: Apache-2.0
// A tokenizer.bin from a stranger: either the input itself, or a right one with changes that the
// input lists, and then text and ids from the same stranger.
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "codegen/tokenizer/tokenizer_writer.h"
#include "ir/support/check.h"
#include "runtime/host/tokenizer.h"
#include "tests/support/small_tokenizers.h"

namespace {

using runtime::host::Tokenizer;
using runtime::host::TokenizerFault;
using Bytes = std::span<const std::uint8_t>;

std::vector<std::byte> written(const ir::TokenizerDescription& description) {
  auto file = codegen::tokenizer::write_tokenizer(description);
  CHECK(file, "a small tokenizer is refused");
  return *std::move(file);
}

// Each change is an offset (two bytes) and the byte to put there.
std::vector<std::byte> changed(std::vector<std::byte> file, Bytes changes) {
  for (; changes.size() >= 3; changes = changes.subspan(3)) {
    const std::size_t offset = changes[0] | static_cast<std::size_t>(changes[1]) << 8;
    file[offset % file.size()] = static_cast<std::byte>(changes[2]);
  }
  return file;
}

void use(const std::vector<std::byte>& file, std::string_view text) {
  TokenizerFault fault{};
  const auto tokenizer = Tokenizer::open(file, fault);
  CHECK(tokenizer.has_value() == (fault == TokenizerFault::none), "a fault without a reason");
  if (!tokenizer) return;
  for (const bool parse_special : {false, true}) {
    const auto ids = tokenizer->encode(text, {.parse_special = parse_special});
    for (const std::uint32_t id : ids) CHECK(id < tokenizer->size(), "an id of no token");
    (void)tokenizer->decode(ids);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const std::vector<std::byte> files[] = {
      written(tests::small_marked_tokenizer()), written(tests::small_byte_tokenizer()),
      written(tests::small_word_tokenizer()), written(tests::small_unigram_tokenizer())};
  if (size == 0) return 0;
  const Bytes rest(bytes + 1, size - 1);
  const Bytes changes = rest.first(rest.size() / 2);
  const std::string_view text(reinterpret_cast<const char*>(rest.data()) + changes.size(),
                              rest.size() - changes.size());
  const std::size_t kind = bytes[0] % (1 + std::size(files));
  if (kind > 0) {
    use(changed(files[kind - 1], changes), text);
  } else {
    const auto* raw = reinterpret_cast<const std::byte*>(rest.data());
    use({raw, raw + rest.size()}, text);
  }
  return 0;
}
